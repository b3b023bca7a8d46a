/* form: clang. Loads that are redundant on all paths, on some, and on none although they look it. */
#include "program.h"

static int global = 5;
struct pair { int *p; int n; };

KEEP static void maybe_change(int x) {
  if (x & 1) global += x;
}
KEEP static int on_some_paths(int *p, int c) {
  int a = 0;
  if (c) a = *p;
  else *p = 4;
  return a * 10 + *p;
}
KEEP static int around_call(int x) {
  int a = global;
  maybe_change(x);
  int b = global;
  maybe_change(x + 1);
  return a * 10000 + b * 100 + global;
}
KEEP static int in_loop(const int *limit, int *v) {
  int sum = 0;
  for (int i = 0; i < *limit; i++) {
    sum += *limit;
    v[i] = sum;
  }
  return sum;
}
KEEP static int changed_pointer(struct pair *s, int *other) {
  int a = *s->p;
  s->p = other;
  int b = *s->p;
  s->n = a;
  return *s->p + a * 10 + b * 100 + s->n * 1000;
}
/* q may be p's array: then the second p[i] is what q[i] = 5 stored. */
KEEP static int store_between(const int *p, int *q, long i) {
  int a = p[i];
  q[i] = 5;
  return a * 10 + p[i];
}
KEEP static int both_sides(int *p, int *q, int c) {
  int x;
  if (c) {
    x = *p + 1;
    *q = x;
  } else {
    *q = 2;
    x = *p + 1;
  }
  return x * 100 + *p;
}
KEEP static int phi(int *a, int *b, int c, int n) {
  int *p = c ? a : b, sum = 0;
  for (int i = 0; i < n; i++) {
    sum = sum * 3 + *p;
    *a = i;
    p = p == a ? b : a;
  }
  return sum;
}
KEEP static int partial(const unsigned char *bytes) {
  uint32_t word;
  memcpy(&word, bytes, 4);
  uint16_t half;
  memcpy(&half, bytes + 2, 2);
  return (int)(word >> 16) - half + bytes[3] * 2;
}
KEEP static int condition(int *p, int c) {
  *p = c;
  if (*p) return *p + 1;
  *p = 9;
  return *p ? *p : 100;
}

int main(void) {
  int x = in(7), y = in(3), v[8] = {0};
  out("some", on_some_paths(&x, in(1)) * 1000 + on_some_paths(&x, in(0)));
  out("call", around_call(in(3)) + around_call(in(2)));
  int limit = in(5);
  out("loop", in_loop(&limit, v));
  limit = in(6);
  out("loop", in_loop(&v[5], v));
  struct pair s = {&x, 0};
  out("pointer", changed_pointer(&s, &y));
  s.p = &s.n;
  out("pointer", changed_pointer(&s, &s.n));
  out("between", store_between(v, v, in(2)) * 1000 + store_between(v, v + 3, in(1)));
  out("sides", both_sides(&x, &x, in(1)) + both_sides(&x, &x, in(0)) * 1000 + both_sides(&x, &y, in(0)));
  out("phi", phi(&x, &y, in(1), in(5)) * 7 + phi(&x, &x, in(0), in(4)));
  const unsigned char bytes[] = {0, 1, 2, 3, 200, 255};
  out("partial", partial(bytes + in(2)));
  out("condition", condition(&x, in(0)) * 100 + condition(&x, in(4)));
}
