/* form: clang. Loops that look like memset, memcpy, memmove, strlen and popcount, some of which are not. */
#include "program.h"

static unsigned char area[64];

KEEP static void set(unsigned char *p, int n, int value) {
  for (int i = 0; i < n; i++) p[i] = (unsigned char)value;
}
KEEP static void copy(unsigned char *to, const unsigned char *from, int n) {
  for (int i = 0; i < n; i++) to[i] = from[i]; /* overlapping: repeats what it has written */
}
KEEP static void copy_down(unsigned char *to, const unsigned char *from, int n) {
  while (n-- > 0) to[n] = from[n];
}
KEEP static void spread(uint32_t *p, int n, uint32_t value) {
  for (int i = 0; i < n; i += 2) p[i] = value; /* not all of it */
}
KEEP static void pattern(uint16_t *p, int n) {
  for (int i = 0; i < n; i++) p[i] = 0x0202;
}
KEEP static int population(uint64_t x) {
  int n = 0;
  for (; x; x &= x - 1) n++;
  return n;
}
KEEP static int length(const char *s) {
  const char *p = s;
  while (*p) p++;
  return (int)(p - s);
}
KEEP static int highest(uint32_t x) {
  int n = 0;
  while (x >>= 1) n++;
  return n;
}
KEEP static int leading(uint32_t x) {
  int n = 0;
  for (uint32_t bit = 1u << 31; bit && !(x & bit); bit >>= 1) n++;
  return n;
}

static void show(void) {
  uint32_t hash = 1;
  for (int i = 0; i < 64; i += 4) hash = mix(hash, area[i] | area[i + 1] << 8 | area[i + 2] << 16 | (uint32_t)area[i + 3] << 24);
  out("area", hash);
}

int main(void) {
  for (int i = 0; i < 64; i++) area[i] = (unsigned char)(i * 7);
  copy(area + 3, area, in(20));
  show();
  copy(area, area + 5, in(20));
  show();
  copy_down(area + 40, area + 37, in(11));
  show();
  set(area + 9, in(13), in(0xab));
  show();
  uint32_t words[8] = {1, 2, 3, 4, 5, 6, 7, 8};
  spread(words, in(7), in_u(0));
  uint16_t halves[6] = {0};
  pattern(halves, in(5));
  out("words", words[0] + words[1] * 3 + words[6] * 5 + words[7] * 7 + halves[4] + halves[5]);
  out("population", population(in_u64(0xf00f00ff00ff1234u)) * 100 + population(in_u64(0)));
  out("length", length("eleven char") * 10 + length(&"abc"[in(3)]));
  out("highest", highest(in_u(0x00ffu)) * 100 + highest(in_u(0)) + highest(in_u(~0u)) * 10000);
  out("leading", leading(in_u(0x00ffu)) * 100 + leading(in_u(0)));
}
