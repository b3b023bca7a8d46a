/* form: clang. Values that depend on themselves around loops, also around loops that never run. */
#include "program.h"

static int one = 1, zero, d, *nowhere, deep;
static volatile int off, on = 1;

KEEP static int never_entered(void) {
  int f = 0;
  if (!d) {
    f = 1 ^ one;
    if (zero) {
      if (f) f = 2;
      else *nowhere = 0;
    }
  }
  int trips = 0;
  if (~f | zero)
    while (f) trips++;
  return trips * 10 + f;
}
KEEP static int counted(int c) {
  int g = 1;
again:
  if (!zero)
    while (off && one) g++;
  if (c-- > 0) {
    if (g > 100) *nowhere = g;
    g += 2;
    goto again;
  }
  return g;
}
KEEP static int memory_round(int n) {
  int sum = 0, tries = 0;
  while (1) {
    if (++tries < n) {
      sum += tries; /* kept in memory where nothing promotes it */
      continue;
    }
    return tries * 100 + sum;
  }
}
KEEP static int nested_round(int n) {
  int total = 0, failed = 0;
  for (int i = 0; i < n; i++) {
    int left = i;
    while (left) {
      if (left & 1) {
        failed += left;
        break;
      }
      left >>= 1;
      total++;
    }
    total = total * 2 - failed;
    if (total < -1000) total = 7;
  }
  return total * 100 + failed;
}
KEEP static unsigned same_in_two(unsigned n) {
  unsigned a = 0, b = 0, c = 1;
  for (unsigned i = 0; i < n; i++) {
    a = a * 3 + i;
    b = b * 3 + i; /* always a */
    c = c * 3 + i; /* never a */
    if (i == 4) c += a == b;
  }
  return (a - b) * 1000 + (a == c) * 100 + (c & 63);
}
KEEP static int undecided(int n) {
  int x, known = 0;
  for (int i = 0; i < n; i++) {
    if (!known) x = i, known = 1;
    else x = x * 3 + 1;
  }
  return known ? x : -1;
}
KEEP static int swapped(int n) {
  int a = 1, b = 2;
  do {
    int t = a;
    a = b;
    b = t;
    deep += a - b;
  } while (on && --n > 0);
  return a * 10 + b;
}
KEEP static int by_pointer(int n) {
  int x = 0, y = 10, *p = &x;
  while (x + y < n) {
    *p += 3;
    p = *p % 2 ? &y : &x;
  }
  return x * 100 + y;
}

int main(void) {
  out("never", never_entered());
  out("counted", counted(in(4)));
  for (int n = 1; n < 7; n += 2) out("memory", memory_round(in(n)));
  out("nested", nested_round(in(9)));
  out("same", same_in_two(in_u(11)));
  out("undecided", undecided(in(5)) * 10 + undecided(in(0)));
  out("swapped", swapped(in(4)) * 10 + swapped(in(1)));
  out("pointer", by_pointer(in(50)));
  out("deep", deep);
}
