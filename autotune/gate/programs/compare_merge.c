/* form: clang. Chains of comparisons that could become one memcmp, with gaps, effects and other orders. */
#include "program.h"

struct key { uint32_t a, b; uint16_t c; uint8_t d, gap; int64_t e; };
struct range { int from, to; };
static int compared;

KEEP static int equal(const struct key *x, const struct key *y) {
  return x->a == y->a && x->b == y->b && x->c == y->c && x->d == y->d && x->e == y->e; /* not the gap */
}
KEEP static int equal_reordered(const struct key *x, const struct key *y) { return x->e == y->e && x->c == y->c && x->a == y->a; }
KEEP static int crossed(const struct key *x, const struct key *y) { return x->a == y->b && x->b == y->a; }
KEEP static int counted(const struct key *x, const struct key *y) {
  return x->a == y->a && ++compared && x->b == y->b && ++compared && x->c == y->c;
}
KEEP static int order(const struct key *x, const struct key *y) {
  if (x->a != y->a) return x->a < y->a ? -1 : 1;
  if (x->b != y->b) return x->b < y->b ? -1 : 1;
  if (x->e != y->e) return x->e < y->e ? -1 : 1;
  return 0;
}
KEEP static int overlaps(struct range a, struct range b) { return a.from < b.to && b.from < a.to; }
KEEP static int inside(const struct range *r, int x) { return r->from <= x && x < r->to; }
KEEP static int bytes(const unsigned char *p, const unsigned char *q) { return p[0] == q[0] && p[1] == q[1] && p[2] == q[2] && p[3] == q[3]; }
KEEP static int magic(const unsigned char *p) { return p[0] == 0x7f && p[1] == 'E' && p[2] == 'L' && p[3] == 'F'; }
KEEP static int any_of(int x) { return x == 3 || x == 5 || x == 7 || x == 35 || x == 37 || x == -1; }
KEEP static int none_of(char c) { return c != ' ' && c != '\n' && c != '\t' && c != 0; }
KEEP static int shared(const struct key *x) { return x->a == x->b && x->b == x->c && x->c == x->d; }
KEEP static int negated(int a, int b, int c) { return !(a == b || b == c) + 2 * !(a < b && b < c) + 4 * ((a ^ b) == 0) + 8 * ((a | b | c) == 0); }

int main(void) {
  struct key x = {in_u(1), 2, 3, 4, 5, 6}, y = x, z = x;
  y.gap = 99;
  z.e = in_64(-6);
  out("equal", equal(&x, &y) * 10 + equal(&x, &z));
  out("reordered", equal_reordered(&x, &y) * 10 + equal_reordered(&x, &z));
  struct key w = {2, 1, 0, 0, 0, 0};
  out("crossed", crossed(&x, &w) * 10 + crossed(&x, &y));
  out("counted", counted(&x, &y) * 100 + counted(&x, &w) * 10 + compared);
  out("order", order(&x, &z) * 100 + order(&w, &x) * 10 + order(&x, &y));
  out("overlaps", overlaps((struct range){1, in(5)}, (struct range){5, 9}) * 10 + overlaps((struct range){1, 6}, (struct range){in(5), 9}));
  struct range r = {in(3), in(8)};
  out("inside", inside(&r, in(3)) * 100 + inside(&r, in(8)) * 10 + inside(&r, in(7)));
  unsigned char elf[] = {0x7f, 'E', 'L', 'F', 0x7f, 'E', 'L', 'G'};
  out("bytes", bytes(elf, elf + in(4)) * 100 + magic(elf) * 10 + magic(elf + in(4)));
  int any = 0;
  for (int i = -3; i < 40; i++) any = any * 3 % 10007 + any_of(in(i)) + none_of((char)in(i));
  out("any", any);
  out("shared", shared(&x) + shared(&(struct key){in_u(7), 7, 7, 7, 0, 0}) * 10);
  out("negated", negated(in(1), in(2), in(2)) * 100 + negated(in(0), in(0), in(0)));
}
