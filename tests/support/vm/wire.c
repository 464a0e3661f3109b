/*
 * A wire between two network namespaces with a delay and a loss, for kernels without netem: a tun(4) device on either side, and
 * packets carried between them. `wire link PID-A ADDRESS-A PID-B ADDRESS-B DELAY-MS LOSS-PER-MILLE` runs until its standard input
 * ends; a line `cut`, `restore`, `delay N` or `loss N` there changes it, and is answered by itself; `cut ADDRESS` is for one of many
 * on it alone. `wire dial PID ADDRESS PORT FROM SECONDS` connects from within a namespace, at one of its addresses, or gives up,
 * and hands the socket over standard output (ssh_config(5), ProxyUseFdpass).
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define KEPT 4096
#define LARGEST 1600

struct packet { long long due; int size; unsigned char bytes[LARGEST]; };
struct queue { struct packet *ring; unsigned first, count; };

static void die(const char *what) { perror(what); exit(1); }

static void enter(const char *pid) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/ns/net", atoi(pid));
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0 || setns(fd, CLONE_NEWNET) != 0) die(path);
  close(fd);
}

/* Up, with its address in a network of 24 bits; tun has no queue of its own worth speaking of. */
static int device(const char *pid, const char *address) {
  enter(pid);
  int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  struct ifreq ask;
  memset(&ask, 0, sizeof ask);
  strcpy(ask.ifr_name, "wire0");
  ask.ifr_flags = IFF_TUN | IFF_NO_PI;
  if (fd < 0 || ioctl(fd, TUNSETIFF, &ask) != 0) die("tun");
  int control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  struct sockaddr_in *in = (struct sockaddr_in *)&ask.ifr_addr;
  in->sin_family = AF_INET;
  inet_pton(AF_INET, address, &in->sin_addr);
  if (ioctl(control, SIOCSIFADDR, &ask) != 0) die(address);
  inet_pton(AF_INET, "255.255.255.0", &in->sin_addr);
  if (ioctl(control, SIOCSIFNETMASK, &ask) != 0) die("mask");
  ask.ifr_flags = IFF_UP | IFF_RUNNING;
  if (ioctl(control, SIOCSIFFLAGS, &ask) != 0) die("up");
  close(control);
  return fd;
}

static long long now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

/* The same packets are lost in every run. */
static unsigned lot(void) {
  static unsigned seed = 20251124;
  seed = seed * 1664525u + 1013904223u;
  return (seed >> 8) % 1000;
}

/* Last bytes of IPv4 addresses whose packets go nowhere. */
static unsigned char off[256];

static int is_off(const unsigned char *packet, int size) {
  return size >= 20 && packet[0] >> 4 == 4 && (off[packet[15]] || off[packet[19]]);
}

static int last_byte(const char *address) {
  const char *dot = strrchr(address, '.');
  return dot == NULL ? 0 : atoi(dot + 1) & 255;
}

static int link_up(char **argv) {
  int ends[2] = {device(argv[0], argv[1]), device(argv[2], argv[3])};
  long long delay = atoi(argv[4]) * 1000LL;
  unsigned loss = atoi(argv[5]);
  int cut = 0;
  struct queue queues[2];
  for (int i = 0; i < 2; i++) {
    queues[i].ring = calloc(KEPT, sizeof(struct packet));
    queues[i].first = queues[i].count = 0;
  }
  char line[64];
  int at = 0;
  if (write(1, "up\n", 3) != 3) return 1;
  for (;;) {
    long long wait = -1, t = now();
    for (int i = 0; i < 2; i++)
      if (queues[i].count > 0) {
        long long left = queues[i].ring[queues[i].first].due - t;
        if (left < 0) left = 0;
        if (wait < 0 || left < wait) wait = left;
      }
    struct pollfd polled[3] = {{ends[0], POLLIN, 0}, {ends[1], POLLIN, 0}, {0, POLLIN, 0}};
    struct timespec patience = {wait / 1000000, (wait % 1000000) * 1000};
    ppoll(polled, 3, wait < 0 ? NULL : &patience, NULL);
    t = now();
    for (int i = 0; i < 2; i++) {
      struct queue *queue = &queues[i];
      for (int burst = 0; burst < 64; burst++) {
        struct packet spare, *next = queue->count < KEPT ? &queue->ring[(queue->first + queue->count) % KEPT] : &spare;
        int size = read(ends[i], next->bytes, LARGEST);
        if (size <= 0) break;
        if (cut || next == &spare || is_off(next->bytes, size) || lot() < loss) continue;
        next->size = size;
        next->due = t + delay;
        queue->count++;
      }
      while (queue->count > 0 && queue->ring[queue->first].due <= t) {
        struct packet *packet = &queue->ring[queue->first];
        if (!cut && !is_off(packet->bytes, packet->size) && write(ends[1 - i], packet->bytes, packet->size) < 0 && errno != EAGAIN && errno != EIO) return 1;
        queue->first = (queue->first + 1) % KEPT;
        queue->count--;
      }
    }
    if (polled[2].revents == 0) continue;
    int got = read(0, line + at, sizeof line - 1 - at);
    if (got <= 0) return 0;
    at += got;
    line[at] = 0;
    for (char *end; (end = strchr(line, '\n')) != NULL;) {
      *end = 0;
      if (strcmp(line, "cut") == 0) cut = 1;
      else if (strcmp(line, "restore") == 0) {
        cut = 0;
        memset(off, 0, sizeof off);
      } else if (strncmp(line, "cut ", 4) == 0) off[last_byte(line + 4)] = 1;
      else if (strncmp(line, "restore ", 8) == 0) off[last_byte(line + 8)] = 0;
      else if (strncmp(line, "delay ", 6) == 0) delay = atoi(line + 6) * 1000LL;
      else if (strncmp(line, "loss ", 5) == 0) loss = atoi(line + 5);
      dprintf(1, "%s\n", line);
      at -= end + 1 - line;
      memmove(line, end + 1, at + 1);
    }
  }
}

static int dial(char **argv) {
  enter(argv[0]);
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[2]))};
  inet_pton(AF_INET, argv[1], &to.sin_addr);
  struct sockaddr_in from = {.sin_family = AF_INET};
  inet_pton(AF_INET, argv[3], &from.sin_addr);
  /* It bounds connect(2) too (socket(7), SO_SNDTIMEO); whoever gets the socket has it without. */
  struct timeval patience = {atoi(argv[4]), 0}, none = {0, 0};
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (fd < 0 || bind(fd, (struct sockaddr *)&from, sizeof from) != 0) die("from");
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  if (connect(fd, (struct sockaddr *)&to, sizeof to) != 0) die("dial");
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &none, sizeof none);
  char byte = 0, space[CMSG_SPACE(sizeof fd)];
  memset(space, 0, sizeof space);
  struct iovec io = {&byte, 1};
  struct msghdr message = {.msg_iov = &io, .msg_iovlen = 1, .msg_control = space, .msg_controllen = sizeof space};
  struct cmsghdr *head = CMSG_FIRSTHDR(&message);
  head->cmsg_level = SOL_SOCKET;
  head->cmsg_type = SCM_RIGHTS;
  head->cmsg_len = CMSG_LEN(sizeof fd);
  memcpy(CMSG_DATA(head), &fd, sizeof fd);
  if (sendmsg(1, &message, 0) < 0) die("sendmsg");
  return 0;
}

int main(int argc, char **argv) {
  if (argc == 8 && strcmp(argv[1], "link") == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    return link_up(argv + 2);
  }
  if (argc == 7 && strcmp(argv[1], "dial") == 0) return dial(argv + 2);
  return 2;
}
