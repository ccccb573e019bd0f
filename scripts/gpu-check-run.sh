#!/usr/bin/env bash
# Proves and measures `pe` on this machine, with the libtorch of the PyTorch that is installed here. scripts/gpu-check.sh packs it as `run`.
# Usage: ./run [--device cuda|cuda:N|cpu] [--torch DIR] [--output DIR] [--only WORD,...] [--quick]
#   --device  where it computes; cuda by default
#   --torch   folder of PyTorch or libtorch, where python3 knows of none
#   --output  for gpu-check.json, logs and the demo's run; gpu-check-results by default
#   --only    steps that have one of these words in their name; all by default
#   --quick   small models and few steps
# Exit code: 0 every step ended well, 2 one did not. A speed below its limit is printed and written down, and is no failure.
set -uo pipefail
export LC_ALL=C
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
step_limit=1200     # seconds

stop() { echo "run: $1" >&2; exit 2; }
value() { [ $# -ge 2 ] && [ -n "$2" ] || stop "$1 needs a value."; }

device=cuda torch='' output=gpu-check-results only='' quick=''
while [ $# -gt 0 ]; do
  case $1 in
    --device) value "$@"; device=$2; shift 2 ;;
    --torch) value "$@"; torch=$2; shift 2 ;;
    --output) value "$@"; output=$2; shift 2 ;;
    --only) value "$@"; only=$2; shift 2 ;;
    --quick) quick=1; shift ;;
    --help | -h) sed -n '2,9s/^# //p' "${BASH_SOURCE[0]}"; exit 0 ;;
    *) stop "$1 is not an option; there are --device, --torch, --output, --only and --quick." ;;
  esac
done
[[ $device =~ ^(cpu|cuda(:[0-9]{1,3})?)$ ]] || stop "--device $device: must be cuda, cpu or one of several, such as cuda:1."
mkdir -p "$output" && output=$(cd "$output" && pwd) || stop "--output $output: the folder cannot be made."
rm -rf "$output/logs" "$output/json" && mkdir "$output/logs" "$output/json" || stop "--output $output: cannot be written."

# --- this machine's libtorch ---------------------------------------------------------------------------------------------------------

# "torch FOLDER" and "nvidia FOLDER" of Python's packages. Nothing is imported, and no package of the current folder is taken for them.
python_packages() {
  command -v python3 >/dev/null && cd / && python3 - 2>/dev/null <<'END'
import importlib.util
for name in ("torch", "nvidia"):
    spec = importlib.util.find_spec(name)
    for folder in spec.submodule_search_locations or () if spec else ():
        print(name, folder)
END
}

nvidia=()
if [ -z "$torch" ]; then
  while read -r name folder; do
    if [ "$name" = torch ]; then torch=${torch:-$folder}; else nvidia+=("$folder"); fi
  done < <(python_packages)
  [ -n "$torch" ] || stop "python3 finds no PyTorch here. Name its folder, or that of a libtorch: --torch DIR."
fi

libtorch=''
for folder in "$torch" "$torch/lib" "$torch/../../.."; do      # the last is where conda keeps it
  if [ -e "$folder/libtorch_cpu.so" ]; then libtorch=$(cd "$folder" && pwd); break; fi
done
[ -n "$libtorch" ] || stop "$torch has no libtorch_cpu.so, nor has its folder lib."

shopt -s nullglob
libraries=$here/pe:$libtorch
for root in "$libtorch/../../nvidia" ${nvidia[@]+"${nvidia[@]}"}; do
  for folder in "$root"/*/lib; do libraries+=:$folder; done
done
libraries+=${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}

torch_version=$(sed -n "s/^__version__[^=]*= *['\"]\([^'\"]*\)['\"].*/\1/p" "$libtorch/../version.py" 2>/dev/null)
[ -n "$torch_version" ] || torch_version=$(cat "$libtorch/../build-version" 2>/dev/null)

# --- the machine ---------------------------------------------------------------------------------------------------------------------

processor=$(sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo | head -1)
card='' driver=''
if [ "$device" != cpu ]; then
  index=${device#cuda} index=${index#:} index=${index:-0}
  IFS=, read -ra visible <<<"${CUDA_VISIBLE_DEVICES:-}"
  if text=$(nvidia-smi -i "${visible[$index]:-$index}" --query-gpu=name,driver_version --format=csv,noheader 2>/dev/null); then
    card=${text%%, *} driver=${text##*, }
  fi
fi

# --- steps ---------------------------------------------------------------------------------------------------------------------------

# A JSON string; null where there is no text.
quote() {
  [ -n "$1" ] || { printf null; return; }
  local text=${1//\\/\\\\}
  text=${text//\"/\\\"} text=${text//$'\n'/\\n} text=${text//$'\t'/\\t}
  printf '"%s"' "${text//[[:cntrl:]]/}"
}

# A JSON array of the lines of a text.
quote_lines() {
  local lines=() line separator=''
  [ -z "$1" ] || mapfile -t lines <<<"$1"
  printf '['
  for line in ${lines[@]+"${lines[@]}"}; do printf '%s' "$separator"; quote "$line"; separator=', '; done
  printf ']'
}

records=() failed=0
write_report() {
  local record separator=''
  {
    printf '{\n  "device": %s,\n  "card": %s,\n  "driver": %s,\n' "$(quote "$device")" "$(quote "$card")" "$(quote "$driver")"
    printf '  "processor": %s,\n  "torch_version": %s,\n' "$(quote "$processor")" "$(quote "$torch_version")"
    printf '  "torch_folder": %s,\n  "commit": %s,\n' "$(quote "$libtorch")" "$(quote "$(cat "$here/commit")")"
    printf '  "quick": %s,\n  "complete": %s,\n' "$([ -n "$quick" ] && echo true || echo false)" "$1"
    printf '  "passed": %s,\n  "steps": [' "$([ $failed -eq 0 ] && echo true || echo false)"
    for record in ${records[@]+"${records[@]}"}; do printf '%s\n%s' "$separator" "$record"; separator=','; done
    printf '\n  ]\n}\n'
  } >"$output/gpu-check.json.part" && mv "$output/gpu-check.json.part" "$output/gpu-check.json"
}

wanted() {
  local word words
  [ -n "$only" ] || return 0
  IFS=, read -ra words <<<"$only"
  for word in "${words[@]}"; do [[ $1 != *"$word"* ]] || return 0; done
  return 1
}

# A number of a command's JSON, which has one entry a line.
number() { sed -n "s/^ *\"$2\": \([-+.0-9eE]*\),\{0,1\}\$/\1/p" "$1" 2>/dev/null | head -1; }

# Runs a command and writes down what came of it: its own JSON (json/NAME.json) as it is. FIELD of that, divided by SCALE, is shown.
# Usage: step NAME FIELD SCALE UNIT LIMIT COMMAND...      (- for no FIELD, for no LIMIT)
step() {
  local name=$1 field=$2 scale=$3 unit=$4 limit=$5 json=$output/json/$1.json log=$output/logs/$1
  shift 5
  wanted "$name" || return 0
  local start code seconds figure shown='' error='' number
  start=$(date +%s%N)
  "$@" >"$log.out" 2>"$log.err" </dev/null
  code=$?
  seconds=$(awk "BEGIN { printf \"%.2f\", ($(date +%s%N) - $start) / 1e9 }")
  if [ $code -ne 0 ]; then
    failed=$((failed + 1)) error=$(tail -c 2000 "$log.err")
    [ $code -ne 124 ] || error+="ended after $step_limit seconds"
    [ -n "$error" ] || error="exit code $code"
  fi

  # A training has no JSON of its own: its result is the last line of its metrics.
  case $name in
    demo-pretrain) tail -n 1 "$output/demo/metrics.jsonl" >"$json" 2>>"$log.err" ;;
    scene-encoder | align-lang) tail -n 1 "$output/${name/align-lang/align-scenes}/metrics.jsonl" >"$json" 2>>"$log.err" ;;
  esac

  figure=null
  number=$([ "$field" = - ] || number "$json" "$field")
  if [ -n "$number" ]; then
    number=$(awk "BEGIN { printf \"%.2f\", $number / $scale }") shown="$number $unit"
    figure="{\"value\": $number, \"unit\": $(quote "$unit")"
    if [ "$limit" != - ]; then
      figure+=", \"at_least\": $limit, \"met\": $(awk "BEGIN { print ($number >= $limit ? \"true\" : \"false\") }")"
      shown+=", at least $limit on an H100"
    fi
    figure+="}"
  fi
  records+=("    {\"name\": $(quote "$name"), \"command\": $(quote "$*"), \"exit_code\": $code, \"seconds\": $seconds, \"figure\": $figure,
      \"error\": $(quote "$error"), \"result\": $(if [ -s "$json" ]; then cat "$json"; else echo null; fi)}")
  write_report false
  printf '%-7s %8s s  %-36s %s\n' "$([ $code -eq 0 ] && echo done || echo FAILED)" "$seconds" "$name" "$shown"
  [ $code -eq 0 ] || printf '%s\n' "$error" | tail -n 5 | sed 's/^/        /'
}

# `pe`, with this machine's libtorch and not longer than the limit.
pe() {
  LD_LIBRARY_PATH=$libraries PE_CACHE=$output/cache PE_SCENES=$output/scenes PE_QUESTIONS=$output/questions PE_RUNS=$output \
    timeout --kill-after=30 $step_limit "$here/pe/pe" "$@"
}

# `pe` with its result as JSON: measure NAME FIELD SCALE UNIT LIMIT ARGUMENTS...
measure() { step "$1" "$2" "$3" "$4" "$5" pe "${@:6}" --json "$output/json/$1.json"; }

# What TorchSharp's library needs and this libtorch has not. A weak need of a version is none.
link() {
  local report libraries_missing symbols_missing files=("$here/pe/libLibTorchSharp.so") file
  [ "$device" = cpu ] || files+=("$libtorch/libtorch_cuda.so")
  report=$(for file in "${files[@]}"; do LD_LIBRARY_PATH=$libraries ldd -r "$file"; done 2>&1)
  printf '%s\n' "$report"
  libraries_missing=$(sed -n 's/^[[:space:]]*\(.*\) => not found.*/\1/p; /No such file or directory/p; /command not found/p' <<<"$report" | sort -u)
  symbols_missing=$(sed -n "s/^undefined symbol: \([^[:space:]]*\).*/\1/p; s/^symbol lookup error: //p; /weak version/d
    s/.*\(version \`.*' not found (required by .*\))/\1)/p" <<<"$report" | sort -u)
  printf '{"missing_libraries": %s, "missing_symbols": %s}\n' "$(quote_lines "$libraries_missing")" "$(quote_lines "$symbols_missing")" \
    >"$output/json/link.json"
  [ -z "$libraries_missing$symbols_missing" ] && return
  echo "missing libraries: ${libraries_missing//$'\n'/ }; missing symbols: ${symbols_missing//$'\n'/ }" >&2
  return 2
}

# --- the run -------------------------------------------------------------------------------------------------------------------------

precision=bf16 steps=20 loss_batch=16384
base=PE-Core-B16-224 base_batch=256 large=PE-Core-L14-336 large_batch=64 cached_batch=256
images_limit=3000 pairs_limit=1500 share_limit=25
demo_settings=() scene_settings=() doctor_settings=() question_settings=(--captions 20000) encoder_settings=() align_settings=() layer_settings=()
decoder=Llama-3.2-1B tokens=64 rows=256
if [ "$device" = cpu ]; then
  base_batch=8 large_batch=2 cached_batch=4 loss_batch=4096 steps=3
fi
if [ -n "$quick" ]; then
  base=PE-Core-T16-384 large=$base base_batch=4 large_batch=1 cached_batch=2 loss_batch=1024 steps=1
  demo_settings=("data.train=[{shards: \"$output/scenes/train/00000.tar\"}]"
    'stages=[{resolution: 32, samples: 2k, batch: 64}]' schedule.warmup_steps=4)
  scene_settings=(--train 2000) doctor_settings=(--quick) decoder=Qwen2.5-0.5B tokens=4 rows=4
  question_settings=(--train 2000 --captions 1000 --test 60)
  encoder_settings=('stages=[{resolution: 32, samples: 1k, batch: 64}]' schedule.warmup_steps=4)
  align_settings=('stages=[{resolution: 64, steps: 10, batch: 64, sources: [questions], context: 96, pooling_ratio: 2, rates: {projector: 1e-3}}]')
  layer_settings=('questions[0].steps=5' 'questions[0].train_limit=200')
fi
if [ "$device" = cpu ] || [ -n "$quick" ]; then images_limit=- pairs_limit=- share_limit=-; fi

echo "libtorch ${torch_version:-of unknown version} in $libtorch; ${card:-$processor}${driver:+, driver $driver}"
step link - 1 '' - link
measure doctor - 1 '' - doctor --device "$device" ${doctor_settings[@]+"${doctor_settings[@]}"}

# bench WHAT PRESET BATCH FIELD SCALE UNIT LIMIT ARGUMENTS...
bench() {
  measure "bench-$1-$2-$3" "$4" "$5" "$6" "$7" \
    bench "$1" --preset "$2" --batch "$3" --precision $precision --device "$device" "${@:8}"
}
bench encode $base $base_batch images_per_second 1 images/s $images_limit --steps $steps
bench train $base $base_batch images_per_second 1 images/s - --steps $steps
bench step $base $base_batch PairsPerSecond 1 pairs/s $pairs_limit
bench encode $large $large_batch images_per_second 1 images/s - --steps $steps
bench train $large $large_batch images_per_second 1 images/s - --steps $steps
bench step $large $large_batch Gflops 9890 '% of 989 TFLOP/s' $share_limit       # MFU: an H100's dense bf16
bench step $large $cached_batch PairsPerSecond 1 pairs/s - --micro-batch $large_batch
for preset in $(printf '%s\n' $base $large | sort -u); do
  measure "bench-optimizer-$preset" StepSeconds 0.001 ms - bench optimizer --preset "$preset" --device "$device"
done
measure bench-loss TiledSeconds 1 's in tiles' - bench loss --batch $loss_batch --dimension 1024 --dense --device "$device"

if wanted demo-scenes; then rm -rf "$output/scenes"; fi
step demo-scenes - 1 '' - pe data scenes --output "$output/scenes" ${scene_settings[@]+"${scene_settings[@]}"}
step demo-tokenizer - 1 '' - pe tokenizer train --shards "$output/scenes/train" --vocabulary-size 768 --output "$output/scenes/tokenizer"
if wanted demo-pretrain; then rm -rf "$output/demo"; fi
step demo-pretrain - 1 '' - pe pretrain --config "$here/demo.yaml" \
  --set "run.output=$output" "compute.device=$device" ${demo_settings[@]+"${demo_settings[@]}"}
trained=(--checkpoint "$output/demo" --device "$device" --transform squash)
measure eval-zeroshot acc1 0.01 '% top-1' - eval zeroshot scenes "${trained[@]}" --data "$output/scenes/classification"
measure eval-relations acc1 0.01 '% top-1' - eval zeroshot relations "${trained[@]}" --data "$output/scenes/relations"
measure eval-retrieval - 1 '' - eval retrieval scenes "${trained[@]}" --data "$output/scenes/retrieval"
measure encode rows_per_second 1 images/s - encode images "$output/scenes/classification/test/0.tar" "${trained[@]}" --normalize \
  --output "$output/features.safetensors"

# A decoder by itself; then an encoder, its language alignment and what the model answers, as configs/align/scenes.yaml does it.
measure bench-generate-$decoder TokensPerSecond 1 'new tokens/s' - \
  bench generate --preset $decoder --precision $precision --device "$device" --prompt 512 --tokens $tokens
measure bench-generate-small TrainTokensPerSecond 1 'tokens/s in training' - \
  bench generate --config "$here/scenes.yaml" --batch $rows --prompt 96 --train --precision $precision --device "$device"
if wanted questions; then rm -rf "$output/questions"; fi
step questions - 1 '' - pe data scene-questions --output "$output/questions" "${question_settings[@]}"
step questions-tokenizer - 1 '' - pe tokenizer train --shards "$output/questions/captions" --vocabulary-size 768 \
  --output "$output/questions/tokenizer"
step questions-words - 1 '' - pe tokenizer train --kind language --shards "$output/questions/train" --vocabulary-size 512 \
  --output "$output/questions/words"
if wanted scene-encoder; then rm -rf "$output/scene-encoder"; fi
step scene-encoder - 1 '' - pe pretrain --config "$here/scene-encoder.yaml" --set "run.output=$output" "compute.device=$device" \
  ${encoder_settings[@]+"${encoder_settings[@]}"}
if wanted align-lang; then rm -rf "$output/align-scenes"; fi
step align-lang - 1 '' - pe align lang --config "$here/scenes.yaml" --set "run.output=$output" "compute.device=$device" \
  ${align_settings[@]+"${align_settings[@]}"}
measure eval-answers accuracy 0.01 '% exact' - eval vqa "exact=$output/questions/test" --checkpoint "$output/align-scenes" --system '' \
  --batch 64 --device "$device"
step eval-layers - 1 '' - pe eval layers "$here/scene-layers.yaml" --set "output=$output" "compute.device=$device" \
  ${layer_settings[@]+"${layer_settings[@]}"} --json "$output/json/eval-layers.json"

[ ${#records[@]} -gt 0 ] || stop "--only $only: no step has such a name."
write_report true
echo "$((${#records[@]} - failed)) of ${#records[@]} steps ended well; $output/gpu-check.json"
[ $failed -eq 0 ] || exit 2
