#!/bin/sh
# Tries Batchwright on the two programs of this folder, on a graphics card where PyTorch finds one, else on the CPU with small sizes: at most six minutes.
#
#     ./check.sh BINARY            with another Python: PYTHON=venv/bin/python ./check.sh BINARY
#
# Prints a line for each thing that must hold. Exit code: 0 if all of them do, 1 if one does not, 2 if nothing could be tried.
set -eu

[ $# -eq 1 ] || { echo "usage: $0 BINARY" >&2; exit 2; }
case $1 in */*) binary=$(cd "$(dirname "$1")" && pwd)/$(basename "$1") ;; *) binary=$1 ;; esac
PYTHON=${PYTHON:-python3}
case $PYTHON in */*) PYTHON=$(cd "$(dirname "$PYTHON")" && pwd)/$(basename "$PYTHON") ;; esac
cd "$(dirname "$0")"
"$binary" --version > /dev/null || { echo "error: $1 does not start" >&2; exit 2; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
# What PyTorch says of a NumPy that is not there is nobody's concern here.
export PYTHONWARNINGS=ignore

failed=0
holds() { # NAME CONDITION...: the words of a test, e.g. "$a" -eq 3
    name=$1
    shift
    if [ "$@" ]; then echo "PASS  $name"; else echo "FAIL  $name ($*)"; failed=1; fi
}
skipped() { echo "SKIP  $1"; }
# `batchwright find WORDS...`, whose object goes into NAME.json; prints the exit code, and what went wrong where it is an error.
ask() { # NAME WORDS...
    name=$1
    shift
    code=0
    "$binary" --runs "$folder/runs" --lang en find --json "$@" > "$folder/$name.json" 2> "$folder/$name.err" || code=$?
    case $code in 0 | 3) ;; *) cat "$folder/$name.err" >&2 ;; esac
    echo "$code"
}
# A value of NAME.json, where `it` is the object; nothing where there is no such object.
value() { # NAME EXPRESSION
    "$PYTHON" -c 'import json, sys
try: it = json.load(open(sys.argv[1]))
except ValueError: sys.exit()
value = eval(sys.argv[2])
print("" if value is None else value)' "$folder/$1.json" "$2"
}

# Number of cards, bytes of the first one.
set -- $("$PYTHON" -c 'import torch
cards = torch.cuda.device_count() if torch.cuda.is_available() else 0
print(cards, torch.cuda.mem_get_info(0)[1] if cards else 0)') || true
[ $# -eq 2 ] || { echo "error: $PYTHON has no PyTorch" >&2; exit 2; }
cards=$1
if [ "$cards" -gt 0 ]; then
    where="card"
    transformer="train_transformer.py" cnn="train_cnn.py" limit=""
    # A sample takes about 150 MiB: a card of N GiB holds about 6 N of them.
    gib=$(($2 / 1073741824))
    fit_sizes=$((gib))
    for times in 2 4 6 8 12 16 32; do fit_sizes=$fit_sizes,$((gib * times)); done
    echo "$cards card(s), the first one of $gib GiB: $("$PYTHON" -c 'import torch; print(torch.cuda.get_device_name(0))')"
else
    where="CPU"
    transformer="train_transformer.py --width 32 --layers 1 --length 128" cnn="train_cnn.py --width 8 --side 16"
    fit_sizes=64,128,256,512,1024
    # Trials side by side must not wait for each other's threads.
    export OMP_NUM_THREADS=1
    # What a small training takes (Linux), and room for a few hundred samples of about 0.7 MiB.
    limit=$("$PYTHON" - $transformer --batch-size 8 --steps 1 <<'P'
import contextlib, io, re, sys
sys.argv.pop(0)
sys.path.insert(0, ".")
import train_transformer
with contextlib.redirect_stdout(io.StringIO()): train_transformer.main()
try: text = open("/proc/self/status").read()
except OSError: sys.exit()
print("--memory-limit", str(max(int(it) for it in re.findall(r"Vm(?:HWM|Data):\s*(\d+) kB", text)) * 1024 + (224 << 20)))
P
)
    echo "no card that PyTorch can use: everything on the CPU, with small sizes"
fi
takes="--batch-size {batch_size} --lr {lr} --seed {seed} --steps {steps} --eval-steps {eval_steps}"
rates="--lr 3e-3..1e-2"

# The words of $transformer, $cnn, $limit, $takes and $rates are meant to be split.
# shellcheck disable=SC2086
look() { # NAME PROGRAM
    code=$(ask "$1" --check --batch-sizes 32,128 $rates --max-samples 20000 --budget 40s -- "$PYTHON" $2 $takes)
    holds "a study of the $1 could run: exit code 0" "$code" = 0
    holds "  its validation loss is read, with steps, samples and its own seconds" \
        "$(value "$1" '(it["could_run"], it["metric"], len(it["rows"]) > 2, it["findings"])')" = "(True, 'val_loss', True, [])"
}
look transformer "$transformer"
look cnn "$cnn"

free() { "$PYTHON" -c 'import torch; print(torch.cuda.mem_get_info(0)[0])'; }
# shellcheck disable=SC2086
fit() { # NAME
    code=$(ask "$1" --objective fit $limit --batch-sizes "$fit_sizes" --budget 90s -- "$PYTHON" $transformer --batch-size "{batch_size}" --steps "{steps}" --eval-steps "{eval_steps}")
    holds "what fits is found: exit code 0" "$code" = 0
    size=$(value "$1" 'it["fit"]["largest_that_fits"]')
    echo "      $size fits, $(value "$1" 'it["fit"]["smallest_that_failed"]') does not: $(value "$1" 'next((str(probe["reason"])[:110] for probe in it["probes"] if probe["end"] == "does_not_fit"), None)')"
    if [ "$where" = card ]; then
        holds "  the memory of the card is known at every size that ran" \
            "$(value "$1" 'all(probe.get("card_bytes", 0) > 2 ** 28 for probe in it["probes"] if probe["end"] == "runs")')" = True
    fi
    holds "  by a real error of memory" "$(value "$1" 'sum(probe["end"] == "does_not_fit" for probe in it["probes"]) > 0')" = True
}
if [ "$where" = CPU ] && [ -z "$limit" ]; then
    skipped "what fits: without a card it takes Linux, where memory can be limited"
else
    [ "$where" = CPU ] || before=$(free)
    fit fit
    first=$size
    fit again
    holds "  asked again: the same size" "$first" = "$size"
    if [ "$where" = card ]; then
        after=$(free)
        holds "  the memory of the card is free again, but for 1%: $before bytes before, $after after" "$after" -ge $((before / 100 * 99))
    else
        skipped "the memory of the card is free again: no card"
    fi
fi

# A trial that gets the second device shows that two ran side by side: it is given where the first one is taken. On the CPU the names of devices mean nothing.
devices=""
[ "$cards" -eq 1 ] || devices="--devices 0,1"
# shellcheck disable=SC2086,SC2016
code=$(ask study --batch-sizes 32,128 $rates --target 'val_loss<0.5' --eval-samples 512 --max-samples 20000 --seeds 2 --budget 60s $devices -- \
    sh -c 'printf "%s\n" "${CUDA_VISIBLE_DEVICES:-all}" >> "$0"; exec "$@"' "$folder/devices" "$PYTHON" $cnn $takes)
holds "a study by time ends with an answer, or says what is open: exit code 0 or 3" "$code" = 0 -o "$code" = 3
holds "  trials reached the target, and their steps were timed" \
    "$(value study 'any("seconds_to_target" in size and size["step_seconds"]["median"] > 0 for size in it["sizes"])')" = True
echo "      $(value study 'it["verdict"]["reason"]')"
if [ "$where" = card ]; then
    holds "  each size says what it held on the card" "$(value study 'all(size.get("card_memory_bytes", 0) > 0 for size in it["sizes"])')" = True
else
    skipped "  each size says what it held on the card: no card"
fi
if [ -n "$devices" ]; then
    holds "  two trials ran on two devices" "$(sort -u "$folder/devices" | tr '\n' ' ')" = "0 1 "
else
    skipped "  two trials on two devices: one card"
fi

[ "$failed" -eq 0 ] && echo "all that was tried holds, on the $where"
exit "$failed"
