/* form: clang. memcpy, memmove, memset and memcmp: overlaps, sizes unknown, zero, chains of copies. */
#include "program.h"

static unsigned char area[96], other[96];

KEEP static void move(int to, int from, int n) { memmove(area + to, area + from, (size_t)n); }
KEEP static int chain(const unsigned char *from) {
  unsigned char a[16], b[16], c[16];
  memcpy(a, from, 16);
  memcpy(b, a, 16);
  a[3] = 99; /* b keeps what was there */
  memcpy(c, b, 16);
  b[4] = 98;
  return c[3] * 1000 + c[4] * 10 + a[3] - b[4];
}
KEEP static int set_then_copy(int n, int value) {
  unsigned char a[24], b[24];
  memset(a, value, 24);
  memset(a, 0, (size_t)n);
  memcpy(b, a, 24);
  memset(a, 1, 24);
  int sum = 0;
  for (int i = 0; i < 24; i++) sum += b[i] * (i + 1);
  return sum;
}
KEEP static void through(unsigned char *a, unsigned char *b, int n) {
  unsigned char t[32];
  memcpy(t, a, (size_t)n);
  memcpy(a, b, (size_t)n);
  memcpy(b, t, (size_t)n); /* not from a, which has changed */
}
KEEP static int compare(const void *a, const void *b, int n) {
  int c = memcmp(a, b, (size_t)n);
  return (c > 0) - (c < 0);
}
KEEP static uint32_t load(const unsigned char *p) {
  uint32_t word;
  memcpy(&word, p, 4);
  return word;
}
KEEP static void tail_overwrite(unsigned char *p) {
  memset(p, 7, 20);
  memset(p + 16, 8, 8); /* beyond the first one's end */
  p[19] = 9;
}

int main(void) {
  for (int i = 0; i < 96; i++) area[i] = (unsigned char)(i * 11 + 1), other[i] = (unsigned char)(i ^ 0x5a);
  move(in(4), in(0), in(30));
  move(in(10), in(14), in(30));
  move(in(5), in(5), in(0));
  out("chain", chain(area + in(3)));
  out("set", set_then_copy(in(5), in(3)));
  through(area, other, in(20));
  out("load", load(area + in(1)) ^ load(other + in(7)));
  out("compare", compare(area, area, in(9)) * 100 + compare(area, other, in(5)) * 10 + compare("a\xff", "a\x01", in(2)));
  tail_overwrite(area + in(40));
  uint32_t hash = 1;
  for (int i = 0; i < 96; i++) hash = mix(hash, area[i] * 256u + other[i]);
  out("hash", hash);
}
