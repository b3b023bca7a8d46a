/* form: clang. Stores that are dead, partly dead, dead on one path only, or read through other pointers. */
#include "program.h"

static int seen;
struct block { int a, b, c, d; };

KEEP static void observe(const int *p) { seen = seen * 3 + *p; }
KEEP static int overwritten(int *p, int x) {
  *p = 1;
  if (x > 5) *p = 2;
  int r = *p;
  *p = 3;
  return r;
}
KEEP static void partly(struct block *b, int x) {
  memset(b, 0xff, sizeof *b);
  b->b = x;
  b->c = x + 1;
  memset(b, 0, 6); /* the first field and half of the second */
}
KEEP static int loop_carried(int *p, int n) {
  int sum = 0;
  for (int i = 0; i < n; i++) {
    sum += *p; /* what the round before has stored */
    *p = i;
  }
  return sum;
}
KEEP static int loop_out(int *v, int n) {
  for (int i = 0; i < n; i++) v[i] = i;
  for (int i = 0; i < n / 2; i++) v[i] = v[n - 1 - i];
  v[0] = 50;
  return v[1];
}
KEEP static int escaping(int x) {
  int local = x;
  observe(&local);
  local = x + 1; /* dead: nobody looks again */
  int other = 5;
  observe(&other);
  other = 6;
  observe(&other);
  return local;
}
KEEP static int early(int *p, int x) {
  *p = 10;
  if (x == 0) return -1; /* the caller sees 10 */
  if (x == 1) observe(p);
  *p = 20;
  return *p;
}
KEEP static int noop(int *p, int *q) {
  int x = *p;
  *q = 7;
  *p = x; /* undoes the store before it, where the two are one */
  return *q;
}
KEEP static int freed(int x) {
  int *p = malloc(2 * sizeof *p);
  p[0] = x;
  p[1] = 5; /* dead */
  int r = p[0];
  free(p);
  p = malloc(sizeof *p);
  *p = r + 1;
  r = *p;
  free(p);
  return r;
}

int main(void) {
  int x = 0, v[7];
  out("overwritten", overwritten(&x, in(9)) * 10 + overwritten(&x, in(2)));
  struct block b;
  partly(&b, in(0x01020304));
  printf("%x %x %x %x\n", (unsigned)b.a, (unsigned)b.b, (unsigned)b.c, (unsigned)b.d);
  out("carried", loop_carried(&x, in(6)) * 10 + x);
  out("loop", loop_out(v, in(7)) * 100 + v[0] + v[6]);
  out("escaping", escaping(in(3)));
  for (int i = 0; i < 3; i++) out("early", early(&x, in(i)) * 100 + x);
  out("noop", noop(&x, &x) * 1000 + noop(&x, &v[2]) * 10 + v[2]);
  out("freed", freed(in(8)));
  out("seen", seen);
}
