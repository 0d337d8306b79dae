#!/bin/bash
# Runs the worker's unit under systemd, which is process 1 of namespaces of its own with these units alone, and prints
# what the service may do, what its decoder processes may do, and how it ends.
#
# Usage: run_units.sh EXECUTABLE REDIS-PORT FOLDER     exits with 77 where that is not possible
# FOLDER does not exist yet. Inside of the namespaces it is /mnt, as services do not see /tmp.
set -u
root=$(cd "$(dirname "$0")/../.." && pwd)
executable=$1 port=$2 folder=$3
skip() { echo "$1" >&2; exit 77; }
[ "$(id -u)" = 0 ] || skip "needs root"
for tool in /lib/systemd/systemd unshare nsenter; do command -v $tool > /dev/null || skip "$tool is not installed"; done
unshare --cgroup --pid --fork --mount true 2> /dev/null || skip "namespaces cannot be made here"

if [ -e /sys/fs/cgroup/cgroup.controllers ]; then trees=/sys/fs/cgroup; else trees=$(ls -d /sys/fs/cgroup/{systemd,unified} 2> /dev/null); fi
leave() { for tree in $trees; do find "$tree/imgrec-units" -depth -type d -exec rmdir {} + 2> /dev/null; done; }
trap leave EXIT
for tree in $trees; do mkdir -p "$tree/imgrec-units" || skip "$tree cannot be written"; done

umask 022
mkdir -p "$folder"/{bin,units,photos,etc,state,cache}
cp "$executable" "$folder/bin/imgrec"
cp "$root"/Fixtures/images/{rgb.jpg,rgb.png,lossy.webp,packbits.tif,lossless.jp2} "$folder/photos"
printf x > "$folder/photos/broken.jpg"
cp "$root"/Fixtures/models/mean.* "$folder/photos"
for unit in worker watch; do
  sed "s|/usr/bin/imgrec |/mnt/bin/imgrec |; s|/etc/imgrec/|/mnt/etc/|" \
    "$root/.ci/systemd/imgrec-$unit@.service" > "$folder/units/imgrec-$unit@.service"
done
mkdir "$folder/units/imgrec-worker@.service.d"
printf '[Service]\nStandardError=append:/mnt/log\n' > "$folder/units/imgrec-worker@.service.d/log.conf"
for target in sysinit basic shutdown network-online multi-user; do
  printf '[Unit]\nDescription=%s\nDefaultDependencies=no\n' $target > "$folder/units/$target.target"
done
cp /lib/systemd/system/{systemd-exit.service,exit.target,umount.target,final.target} "$folder/units"
printf '[Unit]\nDescription=check\nWants=check.service\n' > "$folder/units/check.target"
cat > "$folder/units/check.service" <<EOF
[Service]
Type=oneshot
ExecStart=/bin/bash /mnt/check.sh
ExecStopPost=/bin/systemctl exit
StandardOutput=file:/mnt/report
StandardError=inherit
EOF
cat > "$folder/etc/imgrec.toml" <<EOF
[profile.check.worker]
queue = "redis://127.0.0.1:$port/units"
root = "/mnt/photos"
cache = "off"
EOF
cat > "$folder/check.sh" <<EOF
unit=imgrec-worker@check.service queue=redis://127.0.0.1:$port/units imgrec=/mnt/bin/imgrec
export HOME=/mnt/cache
cd /mnt/photos
systemctl start \$unit && echo "start: \$(systemctl is-active \$unit)"
\$imgrec submit . --cache off -q --model /mnt/photos/mean.onnx --queue \$queue
for wait in \$(seq 100); do
  \$imgrec queue status --json --queue \$queue | grep -q '"done":6,' && break
  sleep 0.2
done
process=\$(systemctl show -p MainPID --value \$unit)
echo "uid: \$(awk '/^Uid/ { print (\$2 > 0 ? "not root" : "root") }' /proc/\$process/status)"
echo "capabilities: \$(awk '/^CapBnd/ { print \$2 }' /proc/\$process/status)"
for child in \$(cat /proc/\$process/task/*/children); do
  awk '/^NoNewPrivs|^Seccomp:/ { printf "decoder %s %s\n", \$1, \$2 }' /proc/\$child/status
done | sort -u
for path in /etc/x /usr/x /home/x /mnt/photos/x; do
  nsenter -t \$process -m touch \$path 2> /dev/null && echo "written: \$path"
done
timeout 20 \$imgrec collect -q --queue \$queue -o /mnt/cache/r.jsonl
echo "ok: \$(grep -c '"status":"ok"' /mnt/cache/r.jsonl)"
systemctl stop \$unit
echo "stop: \$(systemctl show -p Result,ExecMainStatus \$unit | sort | paste -sd ' ')"
sed -i s/cache/cahce/ /mnt/etc/imgrec.toml
systemctl start \$unit 2> /dev/null
sleep 1
echo "mistake: \$(systemctl show -p ExecMainStatus,SubState \$unit | sort | paste -sd ' ')"
EOF
mknod -m 666 "$folder/null" c 1 3
export folder trees
(
  for tree in $trees; do echo $BASHPID > "$tree/imgrec-units/cgroup.procs" || exit 1; done
  exec timeout -s KILL 120 unshare --kill-child --cgroup --pid --fork --mount --uts --ipc --propagation private bash -c '
    mount -t proc proc /proc
    mount -t tmpfs tmpfs /run && mkdir -p /run/systemd/system
    mount --bind "$folder/null" /dev/null
    mount --bind "$folder" /mnt
    mount --bind "$folder/units" /lib/systemd/system
    mount -t tmpfs tmpfs /etc/systemd/system
    # The folders of the units, which systemd makes below these.
    mount -t tmpfs tmpfs /var/lib && mount -t tmpfs tmpfs /var/cache
    for tree in $trees; do mount --bind "$tree/imgrec-units" "$tree"; done
    export container=imgrec
    exec /lib/systemd/systemd --system --unit=check.target --log-target=kmsg --show-status=no'
) > /dev/null 2>&1
[ -s "$folder/report" ] || skip "systemd does not run here"
cat "$folder/report"
