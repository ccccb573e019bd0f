#!/usr/bin/env bash
# The main job in small: render scenes, learn a vocabulary, pretrain a tiny PE, evaluate it on held-out scenes. CPU, a few minutes.
# Usage: scripts/demo.sh [OUTPUT]   (default: runs)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
output=${1:-runs}
pe=src/PerceptionEncoder.Cli/bin/Release/net10.0/pe

bash scripts/prerequisites.sh
dotnet build src/PerceptionEncoder.Cli -c Release --nologo -v quiet

rm -rf "$output/scenes" "$output/demo"
"$pe" data scenes --output "$output/scenes"
"$pe" tokenizer train --shards "$output/scenes/train" --vocabulary-size 768 --output "$output/scenes/tokenizer"
PE_SCENES="$output/scenes" "$pe" pretrain --config configs/pretrain/demo.yaml --set "run.output=$output"

# Square pictures: a centre crop would change nothing.
"$pe" eval zeroshot scenes --checkpoint "$output/demo" --data "$output/scenes/classification" --transform squash
"$pe" eval zeroshot relations --checkpoint "$output/demo" --data "$output/scenes/relations" --transform squash
"$pe" eval retrieval scenes --checkpoint "$output/demo" --data "$output/scenes/retrieval" --transform squash --picture "$output/demo/retrieval.png"
echo "Report: $output/demo/report.html   Picture: $output/demo/retrieval.png"
