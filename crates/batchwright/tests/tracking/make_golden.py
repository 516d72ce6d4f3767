"""Makes golden.tfevents, against which the unit test of `tracking/tensorboard/events.rs` compares what we write: the same events, put together by
TensorBoard's own messages and framed by its own writer.

    pip install tensorboard
    python3 make_golden.py
"""
import pathlib

from tensorboard.compat.proto import event_pb2, summary_pb2, tensor_pb2, tensor_shape_pb2, types_pb2
from tensorboard.plugins.hparams import plugin_data_pb2
from tensorboard.summary.writer.record_writer import RecordWriter

Value, Tensor, Event = summary_pb2.Summary.Value, tensor_pb2.TensorProto, event_pb2.Event


def metadata(plugin, content=b""):
    data = summary_pb2.SummaryMetadata.PluginData(plugin_name=plugin, content=content)
    return summary_pb2.SummaryMetadata(plugin_data=data, data_class=summary_pb2.DATA_CLASS_TENSOR)


def summary(time, step, *values):
    return Event(wall_time=time, step=step, summary=summary_pb2.Summary(value=values))


def session(tag, time, **content):
    data = plugin_data_pb2.HParamsPluginData(**content).SerializeToString(deterministic=True)
    nothing = Tensor(dtype=types_pb2.DT_FLOAT, tensor_shape=tensor_shape_pb2.TensorShapeProto(), float_val=[0.0])
    return summary(time, 0, Value(tag=tag, tensor=nothing, metadata=metadata("hparams", data)))


start = plugin_data_pb2.SessionStartInfo(group_name="digits", start_time_secs=1.5)
start.hparams["lr"].number_value = 0.1
start.hparams["model"].string_value = "mlp:64"
start.hparams["outcome"].string_value = "target"
table = "| setting | value |\n|---|---|\n| model | mlp:64 |\n| lr | 0.1 |\n"
text = Tensor(dtype=types_pb2.DT_STRING, tensor_shape=tensor_shape_pb2.TensorShapeProto(), string_val=[table.encode()])
events = [
    Event(wall_time=1.5, file_version="brain.Event:2"),
    session("_hparams_/session_start_info", 1.5, session_start_info=start),
    summary(2.5, 7, Value(tag="settings/text_summary", tensor=text, metadata=metadata("text"))),
    Event(wall_time=2.5, step=7, session_log=event_pb2.SessionLog(status=event_pb2.SessionLog.START)),
    summary(3.25, 300, Value(tag="loss/val", simple_value=0.1), Value(tag="progress/epoch", simple_value=float("nan"))),
    session("_hparams_/session_end_info", 4.0, session_end_info=plugin_data_pb2.SessionEndInfo(status=2, end_time_secs=4.0)),
]
with open(pathlib.Path(__file__).with_name("golden.tfevents"), "wb") as file:
    writer = RecordWriter(file)
    for event in events:
        writer.write(event.SerializeToString(deterministic=True))
