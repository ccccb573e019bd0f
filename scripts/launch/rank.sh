#!/usr/bin/env bash
# Runs one rank under Open MPI's mpirun, which answers SIGTERM by killing the ranks at once, but passes SIGUSR1 on: the rank gets it as the
# SIGTERM on which it saves and stops. mpirun.sh puts this before the rank's command.
(
  trap '' USR1
  exec "$@"
) &
child=$!
trap 'kill -TERM "$child"' USR1
while
  wait "$child"
  code=$?
  kill -0 "$child" 2>/dev/null # a signal ended the waiting, not the rank
do :; done
exit "$code"
