#!/usr/bin/env bash
# Records the outputs in this folder anew: runs each program, as it is, in an empty folder, and keeps what it prints and writes.
# PYTHON names an interpreter that has the frameworks of README.md; LEGACY a folder with Transformers 4.57 and what it needs. Needs `script` (util-linux).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
python=${PYTHON:-python3}
# Warnings carry the paths of the installation. TensorFlow, where it is installed, is no part of a Hugging Face run.
export PYTHONWARNINGS=ignore USE_TF=0 TF_CPP_MIN_LOG_LEVEL=3 TERM=xterm
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# run TRAINER SUFFIX [ARGUMENT...]: standard output and standard error apart, as pipes; an empty errors file is not kept.
run() {
    local trainer=$1 suffix=$2
    shift 2
    mkdir -p "$work/$trainer" && cp "$here/$trainer/program.py" "$work/$trainer/" && cd "$work/$trainer"
    "$python" program.py "$@" > "$here/$trainer/output$suffix.txt" 2> "$here/$trainer/errors$suffix.txt"
    [ -s "$here/$trainer/errors$suffix.txt" ] || rm "$here/$trainer/errors$suffix.txt"
}

# pty TRAINER [ARGUMENT...]: both streams as one, through a pseudo terminal of 120 columns (one of none prints no bars).
pty() {
    local trainer=$1
    shift
    mkdir -p "$work/$trainer" && cp "$here/$trainer/program.py" "$work/$trainer/" && cd "$work/$trainer"
    script -qefc "stty cols 120 rows 40; $python program.py $*" /dev/null < /dev/null > "$here/$trainer/output-pty.txt"
}

run huggingface ""
run huggingface -tqdm --tqdm --max-steps 60
run huggingface -diverged --lr 1e30 --max-steps 40
if [ -n "${LEGACY:-}" ]; then PYTHONPATH=$LEGACY run huggingface -4.57; fi
pty huggingface --tqdm --max-steps 60
run keras ""
run keras -verbose2 --verbose 2
run keras -diverged --verbose 2 --lr 1e30
pty keras
run lightning -tqdm --tqdm --max-steps 30
run lightning ""
cp "$work/lightning/out/metrics.csv" "$here/lightning/"
pty lightning --max-steps 30
run fastai ""
run fastai -progress --progress
pty fastai --progress --epochs 2
run mnist ""
run nanogpt ""
run sklearn ""
for writer in torch tensorboardX tensorflow; do run tensorboard -$writer --writer $writer; done
rm -f "$here"/tensorboard/output-*.txt "$here"/tensorboard/errors-*.txt
cp "$work"/tensorboard/events.out.tfevents.* "$here/tensorboard/"
