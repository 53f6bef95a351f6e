#!/bin/sh
# examples/mqtt: one conductor and three machines, a real mosquitto between them.
PATH=$PATH:/usr/sbin
export PATH
for program in mosquitto mosquitto_pub mosquitto_sub; do
    command -v "$program" >/dev/null || {
        echo "1..0 # SKIP there is no $program (make deps-mqtt)"
        exit 0
    }
done
exec python3 -B tests/cli/lib/mqtt.py "$@"
