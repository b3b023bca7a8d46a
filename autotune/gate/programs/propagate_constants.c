/* form: clang. Constants and ranges that flow between functions, through memory and through comparisons. */
#include "program.h"

static int flag, limit = 10;
static int (*chosen)(int);

KEEP static int by_kind(int kind, int x) {
  if (kind == 1) return x + 1;
  if (kind == 2) return x * 2;
  return x ? -x : kind; /* kind is 3 wherever this is called */
}
KEEP static int bounded(unsigned char c) {
  if (c < 256) return c > 200 ? 3 : c > 100 ? 2 : 1;
  return -1;
}
KEEP static int ranges(int x) {
  if (x < 0 || x >= limit) return -1;
  int y = x * 2;
  if (y > 18) return 99;
  if (y == 18) return 9;
  return y < 20 ? y + 1 : 77;
}
KEEP static int correlated(int a, int b) {
  int r = 0;
  if (a > 5) r += 1;
  if (a > 3) r += 2;
  if (a == b) r += b > 5 ? 4 : 8;
  if (a != b && b == 5) r += a < 6 ? 16 : 32;
  switch (a) {
    case 4: r += a * 100; break;
    case 7: r += (a - 7) * 1000 + 1; break;
  }
  return r;
}
KEEP static int returned(int x) { return x > 0 ? 4 : 4 + (x & 3); }
KEEP static int loop_constant(int n) {
  int k = 1, changed = 0;
  for (int i = 0; i < n; i++) {
    if (k != 1) changed++;
    if (i == 5) k = 2;
  }
  return changed * 10 + k;
}
KEEP static int twice(int x) { return x * 2; }
KEEP static int thrice(int x) { return x * 3; }
KEEP static void choose(int c) { chosen = c ? twice : thrice; }
KEEP static void set_flag(int x) { flag = x > 3; }
KEEP static int flagged(int x) { return flag ? x + flag * 100 : x - 1; }
static struct { int a, b; } config = {1, 2};
KEEP static int configured(int x) { return x * config.a + config.b; }
KEEP static int apply(int (*f)(int), int x) { return f(x) + 1; }

int main(void) {
  out("kind", by_kind(1, in(5)) * 100 + by_kind(2, in(5)) * 10 + by_kind(3, in(0)));
  out("bounded", bounded((unsigned char)in(255)) * 100 + bounded((unsigned char)in(150)) * 10 + bounded((unsigned char)in(0)));
  for (int x = -1; x < 12; x += 3) out("ranges", ranges(in(x)));
  for (int a = 3; a < 8; a++) out("correlated", correlated(in(a), in(a & 1 ? a : 5)));
  out("returned", returned(in(1)) * 10 + returned(in(-1)));
  out("loop", loop_constant(in(4)) * 1000 + loop_constant(in(9)));
  choose(in(0));
  out("chosen", chosen(in(7)));
  out("flagged", flagged(in(5)));
  set_flag(in(4));
  out("flagged", flagged(in(5)));
  out("configured", configured(in(3)));
  config.b = in(50);
  out("configured", configured(in(3)));
  out("apply", apply(twice, in(2)) * 10 + apply(thrice, in(2)));
}
