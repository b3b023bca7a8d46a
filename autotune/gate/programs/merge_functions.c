/* Functions with equal or nearly equal bodies, whose addresses are taken, compared and called. */
#include "program.h"

static int first(int *p, int n) {
  int sum = 0;
  for (int i = 0; i < n; i++) sum = sum * 5 + p[i];
  return sum;
}
static int second(int *p, int n) { /* the same */
  int sum = 0;
  for (int i = 0; i < n; i++) sum = sum * 5 + p[i];
  return sum;
}
static unsigned third(unsigned *p, int n) { /* the same in IR */
  unsigned sum = 0;
  for (int i = 0; i < n; i++) sum = sum * 5 + p[i];
  return sum;
}
static int fourth(int *p, int n) { /* another constant */
  int sum = 0;
  for (int i = 0; i < n; i++) sum = sum * 7 + p[i];
  return sum;
}
static int fifth(int *p, int n) { /* another condition */
  int sum = 0;
  for (int i = 0; i <= n; i++) sum = sum * 5 + p[i];
  return sum;
}
static int counter_a, counter_b;
KEEP static int bump_a(void) { return ++counter_a; }
KEEP static int bump_b(void) { return ++counter_b; }
static long as_long(long x) { return x / 2; }
static int64_t as_int64(int64_t x) { return x / 2; }
static unsigned long as_unsigned(unsigned long x) { return x / 2; }
static float small(float x) { return x * 2; }
static double large(double x) { return x * 2; }

typedef int (*sum)(int *, int);
static const sum all[] = {first, second, fourth, fifth};

int main(void) {
  int v[] = {1, 2, 3, 4, 5};
  for (int i = 0; i < COUNT(all); i++) out("sum", all[in(i)](v, in(4)));
  unsigned w[] = {1, 2, 3};
  out("third", third(w, in(3)));
  out("bump", bump_a() + bump_a() * 10 + bump_b() * 100 + counter_a * 1000 + counter_b * 10000);
  sum a = in(1) ? first : second, b = in(0) ? first : second;
  out("differ", a != b); /* functions that are two have two addresses */
  out("halves", as_long(in_64(-7)) + as_int64(in_64(-9)) * 10);
  out("unsigned", (long long)as_unsigned(in_u64(-7ull)) / 1000000007);
  out_f("small", small(in_f(0.3f)));
  out_d("large", large(in_d(0.3)));
}
