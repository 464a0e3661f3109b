# PID 1 of a machine of a test's own, in namespaces of its own: programs of this one read-only, and nothing else of it.
# boot.sh TOP ETC DATA: an empty folder, and what outlives a reboot: its /etc, and the daemon's data.
set -eu
top=$1
etc=$2
data=$3
mount --make-rprivate /
mount -t tmpfs -o mode=755 tmpfs "$top"
cd "$top"
mkdir usr etc proc sys dev run tmp var home old root run/sshd
chmod 1777 tmp
chmod 700 root
mount --bind /usr usr
mount -o remount,bind,ro usr
mount -t tmpfs -o mode=755 tmpfs usr/local
for dir in bin sbin lib lib32 lib64 libx32; do [ ! -L "/$dir" ] || cp -d "/$dir" .; done
cp -a /etc/alternatives /etc/ld.so.cache /etc/nsswitch.conf etc/
for name in services protocols; do [ ! -e "/etc/$name" ] || cp "/etc/$name" etc/; done
cp -r "$etc/." etc/
mkdir -p var/lib/docker var/log var/tmp home/me
chown 1000:1000 home/me
ln -s /run var/run
mount --bind "$data" var/lib/docker
mount -t proc proc proc
# Of the kernel's settings it has those of its own network.
mount --bind proc/sys proc/sys
mount -o remount,bind,ro proc/sys
mount --bind proc/sys/net proc/sys/net
mount -o remount,bind,rw proc/sys/net
mount -t sysfs -o ro sysfs sys
mount -t tmpfs -o mode=755 tmpfs sys/fs/cgroup
while IFS=: read -r _ names path; do
  case $names in '' | name=*) continue ;; esac
  mkdir "sys/fs/cgroup/$names"
  mount -t cgroup -o "$names" cgroup "sys/fs/cgroup/$names" 2>/dev/null || rmdir "sys/fs/cgroup/$names"
done </proc/self/cgroup
# Without controllers of the old kind there is only the new one.
if [ -z "$(ls sys/fs/cgroup)" ]; then
  umount sys/fs/cgroup
  mount -t cgroup2 cgroup2 sys/fs/cgroup
  # A group with processes of its own hands nothing on (cgroup-v2, "No Internal Process Constraint").
  mkdir sys/fs/cgroup/init
  echo $$ >sys/fs/cgroup/init/cgroup.procs
  sed 's/ / +/g;s/^/+/' sys/fs/cgroup/cgroup.controllers >sys/fs/cgroup/cgroup.subtree_control
fi
mount -t tmpfs -o mode=755 tmpfs dev
for device in null zero full random urandom tty; do
  : >"dev/$device"
  mount --bind "/dev/$device" "dev/$device"
done
ln -s /proc/self/fd dev/fd
ln -s /proc/self/fd/0 dev/stdin
ln -s /proc/self/fd/1 dev/stdout
ln -s /proc/self/fd/2 dev/stderr
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=666 devpts dev/pts
ln -s pts/ptmx dev/ptmx
pivot_root . old
umount -l /old
rmdir /old
ip link set lo up
hostname vm
# It waits for the dead ones of everybody.
exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin docker-init -- sleep infinity
