// form: clang. Several bases, a diamond, covariant results, casts across and down: pointers that are adjusted.
#include "program.h"

struct left { int a = 1; virtual int f() { return a; } virtual ~left() = default; };
struct right { int b = 2; virtual int g() { return b; } virtual right *self() { return this; } virtual ~right() = default; };
struct both : left, right {
  int c = 3;
  int f() override { return a * 100 + b * 10 + c; }
  int g() override { return f() + 1; }
  both *self() override { c++; return this; }
};
struct top { int t; explicit top(int x) : t(x) {} virtual int h() { return t; } virtual ~top() = default; };
struct wing_a : virtual top { int x = 5; wing_a() : top(10) {} int h() override { return t + x; } };
struct wing_b : virtual top { int y = 6; wing_b() : top(20) {} virtual int k() { return t * y; } };
struct bottom : wing_a, wing_b {
  int z = 7;
  bottom() : top(30) {}
  int k() override { return h() + z + wing_b::k(); }
};
KEEP static int by_left(left *l) { return l->f(); }
KEEP static int by_right(right *r) { return r->g() * 1000 + r->self()->b; }
KEEP static int by_top(top *t) { return t->h(); }
KEEP static int by_wing(wing_b *w) { w->t++; return w->k(); }
KEEP static int cross(left *l) {
  right *r = dynamic_cast<right *>(l);
  return r ? r->g() : -1;
}
KEEP static int down(top *t) {
  if (bottom *b = dynamic_cast<bottom *>(t)) return b->z;
  if (wing_a *a = dynamic_cast<wing_a *>(t)) return a->x;
  return 0;
}
KEEP static long distance(both *b) { return b ? (static_cast<right *>(b) != nullptr) + (reinterpret_cast<char *>(static_cast<right *>(b)) > reinterpret_cast<char *>(b)) : 10 + (static_cast<right *>(b) == nullptr); }

int main() {
  both b;
  left l;
  bottom d;
  wing_a w;
  b.a = in(4);
  out("left", by_left(&b) * 10 + by_left(&l));
  out("right", by_right(&b));
  out("right", by_right(&b) + b.c);
  out("cross", cross(&b) * 10 + cross(&l));
  out("top", by_top(&d) * 1000 + by_top(&w));
  out("wing", by_wing(&d) * 100 + d.t);
  out("down", down(&d) * 10 + down(&w));
  out("distance", distance(&b) * 100 + distance(in(0) ? &b : nullptr));
  int left::*member = &left::a;
  both copy = b;
  copy.*member = 9;
  out("member", copy.a * 10 + b.a);
}
