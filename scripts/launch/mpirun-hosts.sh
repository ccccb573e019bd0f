#!/usr/bin/env bash
# Trains on several hosts with mpirun, which starts the ranks over ssh: without a password, with the same paths and the same MPI on each.
#
#   HOSTS=node1:8,node2:8 scripts/launch/mpirun-hosts.sh /shared/run.yaml
#
# HOSTS=host:ranks,...   one rank a GPU
# The rest is as of mpirun.sh: COMMAND, CORES, PE, MPIRUN, DRY_RUN. Names that begin with PE_, NCCL_, CUDA_, DOTNET_, AWS_, UCX_ or OMP_ and the
# search paths go to every rank.
set -euo pipefail
if [[ ! ${HOSTS:-} =~ ^[A-Za-z0-9_.-]+:[1-9][0-9]*(,[A-Za-z0-9_.-]+:[1-9][0-9]*)*$ ]]; then
  echo "launch: HOSTS='${HOSTS:-}' must be host:ranks,host:ranks,... such as HOSTS=node1:8,node2:8" >&2
  exit 2
fi
export HOSTS
exec "$(dirname "${BASH_SOURCE[0]}")/mpirun.sh" "$@"
