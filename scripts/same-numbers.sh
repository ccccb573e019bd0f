#!/usr/bin/env bash
# Proves that a change leaves every number as it was: three shortened trainings (pretraining at three resolutions with mask regularisation and gradient
# caching, video finetuning, distillation) by the code of a commit and by the working tree, compared to the last bit. Afterwards the speed of both, in turn.
# Usage: scripts/same-numbers.sh [COMMIT]   (default: HEAD; takes seven to nine minutes on 2 cores and needs the data sets, see README.md)
# Exit code: 0 where all is equal, 1 where something differs, 2 where it could not be tried.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
export PE_DATA_DIR=${PE_DATA_DIR:-../shared/data}
commit=${1:-HEAD} configs=$PWD/configs
if [ ! -d "$PE_DATA_DIR/cifar10" ]; then
  echo "same-numbers.sh: $PE_DATA_DIR has no cifar10; set PE_DATA_DIR to the folder of the data sets." >&2
  exit 2
fi

work=$(mktemp -d)
trap 'git worktree remove --force "$work/before" 2>/dev/null || true; rm -rf "$work"' EXIT
git worktree add --quiet --detach "$work/before" "$commit"
build() { dotnet build "$1/src/PerceptionEncoder.Cli" -c Release -v quiet --nologo -p:RunAnalyzers=false > "$work/build.log" 2>&1 || { tail -5 "$work/build.log" >&2; exit 2; }; }
build "$work/before"
build .
before=$work/before/src/PerceptionEncoder.Cli/bin/Release/net10.0/pe
after=$PWD/src/PerceptionEncoder.Cli/bin/Release/net10.0/pe
export PE_FRAMES=$work/frames
"$after" data extract-frames "$PE_DATA_DIR/videos" --output "$PE_FRAMES" > /dev/null

# Trains all three with one binary; a stage of STEPS instead of the config's samples.
stages() { for stage in $(seq 0 "$1"); do echo --set "stages.$stage.samples=null" --set "stages.$stage.steps=$2"; done; }
train() {
  local pe=$1 out=$2
  local common="--set compute.threads=1 --set compute.cpu_matmul=mkl --set run.output=$out --set run.log_every=1"
  # shellcheck disable=SC2046,SC2086
  {
    "$pe" pretrain --config "$configs/pretrain/cifar10.yaml" $common --set run.name=pretrain $(stages 2 20) --set stages.2.micro_batch=32 \
      --set 'regularization.mask={share: 0.0625, ratio: 0.4}' --set regularization.drop_path=0.1
    "$pe" finetune-video --config "$configs/finetune-video/clips.yaml" $common --set run.name=video --set "init=$out/pretrain" \
      --set stages.0.steps=3 --set stages.1.steps=8 --set stages.1.micro_batch=32 --set micro_frames=40 --set evaluation.every=11
    "$pe" distill --config "$configs/distill/cifar10.yaml" $common --set run.name=distill --set "teacher.checkpoint=$out/pretrain" $(stages 0 20) \
      --set stages.0.micro_batch=32 --set evaluation.every=10 --set "teacher.cache=$out/teacher"
  } > "$out.log" 2>&1 || { tail -3 "$out.log" >&2; exit 2; }
}

# What must be equal: weights, moments, and all figures but those of time.
figures() {
  local run
  for run in pretrain video distill; do
    (cd "$1/$run/checkpoints/$(cat "$1/$run/checkpoints/latest")" && sha256sum model.safetensors optimizer.safetensors | sed "s/^/$run /")
    sed -E 's/"(images_per_second|data_wait|elapsed_seconds)": ?[^,}]*//g' "$1/$run/metrics.jsonl" | sha256sum | sed "s/^/$run metrics /"
  done
}

train "$before" "$work/a"
train "$after" "$work/b"
figures "$work/a" > "$work/a.txt"
figures "$work/b" > "$work/b.txt"
if ! diff "$work/a.txt" "$work/b.txt"; then
  echo "not the same numbers as $commit"
  exit 1
fi

echo "the same numbers as $commit, to the last bit: $(wc -l < "$work/b.txt") hashes"
for turn in 1 2 3; do
  for side in before after; do
    echo "turn $turn, $side: $("${!side}" bench train --preset PE-Core-T16-384 --batch 4 --steps 6 2> /dev/null | grep images/s)"
  done
done
