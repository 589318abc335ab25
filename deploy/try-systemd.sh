#!/usr/bin/env bash
# Tries the units and the installers under a real systemd: a Debian is made once (debootstrap, in .build/systemd), booted in namespaces
# (systemd-nspawn, a network of its own with nothing but loopback), and made a control plane and a node, which are then restarted, upgraded,
# killed, stopped, rebooted and uninstalled while workers clip simulated channels. For developers: wants root, and packages are installed.
#
#   deploy/try-systemd.sh [--release bookworm|trixie] [--package FILE] [--shell]
#
# --package takes the control plane's package that is there (./streamclips control-plane-package FILE); --shell opens one in it at the end.
# shellcheck disable=SC2016 # What is in single quotes is expanded inside.
set -euo pipefail

root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)
# Mounts end with the script.
[ -n "${TRY_SYSTEMD_UNSHARED:-}" ] || TRY_SYSTEMD_UNSHARED=1 exec unshare --mount --propagation private "$0" "$@"

release=bookworm package='' shell=no
while [ $# -gt 0 ]; do
  case $1 in
    --release) release=$2 && shift ;;
    --package) package=$(readlink -f "$2") && shift ;;
    --shell) shell=yes ;;
    *)
      sed -n '2,8s/^# \{0,1\}//p' "$0"
      exit 2
      ;;
  esac
  shift
done
# shellcheck source=build/setup.sh
source "$root/build/setup.sh"
[ "$(id -u)" -eq 0 ] || fail "this wants root"
has systemd-nspawn debootstrap || install_packages systemd-container debootstrap
need_dotnet

place=$root/.build/systemd
base=$place/$release
work=$(mktemp -d)
machine=$work/root
leader='' nspawn=''

make_base() {
  local include=systemd,systemd-sysv,dbus,curl,ca-certificates,iproute2,procps,hostname,passwd,ffmpeg,postgresql,nginx icu=libicu72
  [ "$release" = bookworm ] || icu=libicu76
  say "making $base (once)"
  rm -rf "$base.new"
  mkdir -p "$place"
  debootstrap --variant=minbase --include="$include,$icu" "$release" "$base.new" >"$place/debootstrap.log" 2>&1 || fail "debootstrap failed: see $place/debootstrap.log"
  # Only what is installed here runs: no cluster and no web server of the system's own.
  chroot "$base.new" sh -c 'pg_dropcluster --stop "$(ls /etc/postgresql)" main; rm -f /etc/systemd/system/multi-user.target.wants/nginx.service' >/dev/null 2>&1 || true
  echo bare-server >"$base.new/etc/hostname"
  mkdir -p "$base.new/usr/share/dotnet" "$base.new/var/log/journal"
  local dotnet
  dotnet=$(dirname "$(readlink -f "$(command -v dotnet)")")
  # The runtime without the SDK, as the package aspnetcore-runtime-10.0 has it.
  cp -r "$dotnet/dotnet" "$dotnet/host" "$dotnet/shared" "$base.new/usr/share/dotnet/"
  ln -s /usr/share/dotnet/dotnet "$base.new/usr/bin/dotnet"
  mv "$base.new" "$base"
}

boot() {
  mkdir -p "$machine" "$work/upper" "$work/scratch"
  mount -t overlay overlay -o "lowerdir=$base,upperdir=$work/upper,workdir=$work/scratch" "$machine"
  turn_on
}

turn_on() {
  local keep=()
  [ -d /run/systemd/system ] || keep=(--keep-unit)
  SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 systemd-nspawn --quiet --directory="$machine" --boot --register=no "${keep[@]}" --private-network --machine=bare-server \
    --settings=no --resolv-conf=off --timezone=off --link-journal=no --console=pipe --bind-ro="$root:/srv/streamclips" >"$work/console" 2>&1 </dev/null &
  nspawn=$!
  booted
}

# The first process of the machine changes with each boot.
booted() {
  local before=$leader
  until leader=$(pgrep -P "$nspawn" | head -n 1) && [ -n "$leader" ] && [ "$leader" != "$before" ]; do
    kill -0 "$nspawn" || fail "the machine does not boot: $(cat "$work/console")"
    sleep 0.3
  done
  until_true 120 "the machine has booted" inside systemctl is-active -q multi-user.target
}

# shellcheck disable=SC2317
finish() {
  local status=$?
  if [ "$shell" = yes ] && [ -n "$leader" ]; then inside bash || true; fi
  [ "$status" -eq 0 ] || [ -z "$leader" ] || inside sh -c 'journalctl --no-pager -n 40 | cut -c1-300' || true
  [ -z "$nspawn" ] || kill "$nspawn" 2>/dev/null || true
  wait 2>/dev/null || true
  umount "$machine" 2>/dev/null || true
  rm -rf "$work"
  rmdir /sys/fs/cgroup/unified/{payload,supervisor} /sys/fs/cgroup/systemd/{payload,supervisor} 2>/dev/null || true
}

inside() { nsenter --target "$leader" --all -- env -i HOME=/root LANG=C.UTF-8 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"; }

# until_true SECONDS WHAT COMMAND …
until_true() {
  local seconds=$1 what=$2 end=$((SECONDS + $1))
  shift 2
  until "$@" >"$work/last" 2>&1; do
    [ "$SECONDS" -lt "$end" ] || fail "not within $seconds s: $what ($(tail -n 3 "$work/last"))"
    sleep 0.5
  done
  echo "ok: $what"
}

check() {
  local what=$1
  shift
  "$@" >"$work/last" 2>&1 || fail "not so: $what ($(tail -n 5 "$work/last"))"
  echo "ok: $what"
}

streamclips() { inside dotnet /srv/streamclips/src/Cli/bin/Release/net10.0/StreamClips.Cli.dll "$@"; }
show() { inside systemctl show --value -p "$2" "$1"; }
# Pid and start time of each worker.
workers() { inside sh -c 'for pid in $(pgrep -f "ClipWorker(\.dll)? run "); do cut -d" " -f1,22 "/proc/$pid/stat"; done' | sort; }
all_run() { [[ "$(show node-agent StatusText)" == connected*"; 3 of 3 workers run"* ]]; }
leads() { [[ "$(show control-plane StatusText)" == leads* ]]; }
another_main() { local now; now=$(show "$1" MainPID); [ "$now" != "$2" ] && [ "$now" != 0 ] && [ "$(show "$1" ActiveState)" = active ]; }
same_workers() { [ "$(workers)" = "$1" ] || { workers; false; }; }
clips() { streamclips clips list --json --limit 0 | grep -c '"duration_s"' || true; }
more_clips_than() { [ "$(clips)" -gt "$1" ]; }

machine_is_off() { ! kill -0 "$nspawn"; }

# survives UNIT WHAT COMMAND …: the unit's main process is another afterwards, and workers are what they were.
survives() {
  local unit=$1 what=$2 main before
  shift 2
  until_true 120 "three workers run" all_run
  main=$(show "$unit" MainPID)
  before=$(workers)
  "$@" >"$work/last" 2>&1 || fail "$what: $(tail -n 5 "$work/last")"
  until_true 120 "$what: another $unit" another_main "$unit" "$main"
  until_true 120 "$what: connected, and three workers run" all_run
  check "$what: they are the workers from before" same_workers "$before"
}

try_control_plane() {
  inside mkdir -p /root/package
  inside tar -xzf - -C /root/package --strip-components=1 <"$package"
  check "the control plane is installed" inside sh /root/package/install-control-plane.sh --name 127.0.0.1 --no-start
  # The simulated platform, for those who ask who is live and for workers.
  inside systemd-run -q --unit=live-site dotnet /srv/streamclips/sim/LiveSite/bin/Release/net10.0/StreamClips.LiveSite.dll --data /var/lib/live-site --port 9000 --auto-surge 40,60
  until_true 60 "the simulated platform answers" inside curl -fs http://127.0.0.1:9000/control
  inside sh -c 'journalctl -u live-site -o cat | grep -m1 \"ready\" | tr "{,}" "\n" | sed -n "s/^\"\([A-Z_]*_URL\)\":\"\(.*\)\"$/\1=\2/p" >/root/platform; cat /root/platform >>/etc/streamclips/control-plane.env'
  check "the control plane starts, and says when it is ready" inside systemctl enable --now control-plane
  until_true 30 "it leads, and tells systemd so" leads
  check "its secrets are nobody else's" inside sh -c '! setpriv --reuid=65534 --clear-groups cat /etc/streamclips/secret-key /etc/streamclips/control-plane.env /run/credentials/control-plane.service/secret-key 2>/dev/null | grep -q .'
  check "its key is in no environment" inside sh -c '! tr "\0" "\n" <"/proc/$(systemctl show --value -p MainPID control-plane)/environ" | grep -q "^SECRET_KEY="'
  check "signed in" inside sh -c 'sed -n "s/^ADMIN_PASSWORD=//p" /etc/streamclips/control-plane-admin.env | dotnet /srv/streamclips/src/Cli/bin/Release/net10.0/StreamClips.Cli.dll login http://127.0.0.1:8080'
  check "nginx takes its example" inside sh -c 'openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=x -keyout /etc/ssl/private/clips.example.org.key -out /etc/ssl/certs/clips.example.org.pem && cp /root/package/nginx.conf /etc/nginx/sites-enabled/ && nginx -t'
}

try_install() {
  streamclips nodes token create --uses 1 --ttl 15m >"$work/token" 2>"$work/line"
  grep -o 'curl .*' "$work/line" >"$work/line.sh"
  inside tee /root/install-line >/dev/null <"$work/line.sh"
  check "the line that token create prints makes a node" inside sh -c 'cd /root && sh ./install-line' <"$work/token"
  check "the worker is the native one" inside grep -q 'worker-native/StreamClips.ClipWorker$' /etc/streamclips/agent.env
  inside sh -c 'cat /root/platform >>/etc/streamclips/agent.env; systemctl restart node-agent'
  until_true 60 "the agent is let in" inside sh -c 'systemctl show --value -p StatusText node-agent | grep -q ^connected'
  check "its join token is gone" inside sh -c '! [ -e /var/lib/streamclips/join-token ]'
  check "the agent is its own user" inside sh -c '[ "$(ps -o user= -p "$(systemctl show --value -p MainPID node-agent)")" = streamcl+ ] || [ "$(ps -o user:32= -p "$(systemctl show --value -p MainPID node-agent)")" = streamclips ]'
  # As the demo's: a baseline in 20 s.
  check "settings" streamclips settings set detector=surge clip_duration=20 window_timespan=6 baseline_duration=20 surge_threshold=2.5
  local name
  for name in alpha bravo charlie; do streamclips streamers add "$name" "https://www.twitch.tv/$name" >/dev/null; done
  until_true 120 "three workers run" all_run
  until_true 180 "a clip is made" more_clips_than 0
}

try_agent() {
  survives node-agent "systemctl restart" inside systemctl restart node-agent
  inside sh -c 'mkdir /root/next && tar -xzf /root/package/agent.tar.gz -C /root/next && echo 2 >/root/next/agent/version && tar -czf /opt/streamclips/control-plane/agent.tar.gz -C /root/next .'
  survives node-agent "upgrade by the line" inside sh -c 'curl -fsSk https://127.0.0.1:8443/install -o /root/install.sh && sh /root/install.sh </dev/null && [ -f /opt/streamclips/agent/agent/version ]'
  survives node-agent "kill -9" inside systemctl kill --signal=KILL --kill-who=main node-agent
  inside sh -c 'mkdir -p /run/systemd/system/node-agent.service.d && printf "[Service]\nWatchdogSec=15\n" >/run/systemd/system/node-agent.service.d/try.conf && systemctl daemon-reload'
  survives node-agent "restart with a short watchdog" inside systemctl restart node-agent
  survives node-agent "SIGSTOP" inside systemctl kill --signal=STOP --kill-who=main node-agent
  check "it was the watchdog" inside sh -c 'journalctl -u node-agent -o cat | grep -qi "watchdog timeout"'
}

try_control_plane_killed() {
  survives control-plane "kill -9 of the control plane" inside systemctl kill --signal=KILL --kill-who=main control-plane
  check "one Postgres runs" inside sh -c '[ "$(pgrep -c -u streamclips-control -f "^[^ ]*postgres -D")" = 1 ]'
  inside sh -c 'mkdir -p /run/systemd/system/control-plane.service.d && printf "[Service]\nWatchdogSec=25\n" >/run/systemd/system/control-plane.service.d/try.conf && systemctl daemon-reload'
  survives control-plane "restart of the control plane" inside systemctl restart control-plane
  survives control-plane "SIGSTOP of the control plane" inside systemctl kill --signal=STOP --kill-who=main control-plane
  survives control-plane "upgrade of the control plane" inside sh -c 'echo 2 >/root/package/control-plane/version; sh /root/package/install-control-plane.sh'
}

# What is not shipped when the machine stops is shipped by the next boot.
try_reboot() {
  local before boot
  until_true 120 "three workers run" all_run
  boot=$(inside cat /proc/sys/kernel/random/boot_id)
  inside systemctl stop control-plane
  before=$(inside sh -c 'find /var/lib/streamclips/node/workers -name "*.mp4" -path "*/clips/*" | wc -l')
  until_true 120 "clips wait while the control plane is away" inside sh -c '[ "$(find /var/lib/streamclips/node/workers -name "*.json" -path "*/clips/*" | wc -l)" -gt '"$before"' ]'
  inside sh -c 'find /var/lib/streamclips/node/workers -name "*.json" -path "*/clips/*" -exec sed -n "s/.*\"clip_id\":\"\([^\"]*\)\".*/\1/p" {} +' >"$work/waiting"
  inside systemctl poweroff
  until_true 120 "the machine turns off" machine_is_off
  turn_on
  check "the machine was booted anew" test "$(inside cat /proc/sys/kernel/random/boot_id)" != "$boot"
  check "workers had time to end in order" inside sh -c 'grep -h "\"phase\":\"ended\"" /var/lib/streamclips/node/workers/*/journal-*.ndjson | tail -n 1 | grep -q stopped'
  inside systemd-run -q --unit=live-site dotnet /srv/streamclips/sim/LiveSite/bin/Release/net10.0/StreamClips.LiveSite.dll --data /var/lib/live-site --port 9000 --auto-surge 40,60
  until_true 180 "all came back by itself, and three workers run" all_run
  local clip
  while read -r clip; do until_true 120 "clip $clip, which waited, was shipped" streamclips clips show "$clip"; done <"$work/waiting"
}

try_uninstall() {
  check "uninstalled" inside sh /root/install.sh --uninstall
  check "no worker is left" inside sh -c '! pgrep -f "ClipWorker(\.dll)? run "'
  check "no unit and no program is left, and the data is" inside sh -c '! [ -e /etc/systemd/system/node-agent.service ] && ! [ -e /opt/streamclips/agent ] && [ -d /var/lib/streamclips/clips ]'
}

build_product
[ -d "$base" ] || make_base
if [ -z "$package" ]; then
  package=$place/control-plane.tar.gz
  control_plane_package "$package"
fi
trap finish EXIT
boot
check "this is systemd" inside systemctl --version
echo "systemd: $(head -n 1 "$work/last")"
try_control_plane
try_install
try_agent
try_control_plane_killed
try_reboot
try_uninstall
inside systemd-analyze security --no-pager control-plane.service | tail -n 1 || true
echo "all of it works"
