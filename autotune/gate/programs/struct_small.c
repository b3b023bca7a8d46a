/* Small structs by value, in registers: mixed fields, padding, returned and passed on. */
#include "program.h"

struct point { int x, y; };
struct mixed { char tag; double value; };
struct bytes { unsigned char b[3]; };
struct tight { short a; char b; int c; };
struct single { float f; };

KEEP static struct point turn(struct point p) { return (struct point){-p.y, p.x}; }
KEEP static struct point add(struct point a, struct point b) {
  a.x += b.x;
  a.y += b.y;
  return a;
}
KEEP static struct mixed scale(struct mixed m, int by) {
  m.tag = (char)(m.tag + by);
  m.value *= by;
  return m;
}
KEEP static struct bytes shifted(struct bytes v) {
  struct bytes w = v;
  w.b[0] = v.b[2];
  w.b[1] = v.b[0];
  w.b[2] = v.b[1];
  return w;
}
KEEP static struct tight next(struct tight t) {
  if (++t.b == 0) ++t.a;
  t.c = t.a * 1000 + t.b;
  return t;
}
KEEP static struct single halve(struct single s) {
  s.f /= 2;
  return s;
}
KEEP static int many(struct point a, struct point b, struct bytes c, struct tight d, struct mixed e) {
  return a.x - b.y * 3 + c.b[1] + d.a * d.b + (int)e.value + e.tag;
}

int main(void) {
  struct point p = {in(3), in(-4)}, q = p;
  for (int i = 0; i < 3; i++) p = add(turn(p), q);
  out("point", p.x * 1000 + p.y);
  out("kept", q.x * 1000 + q.y);
  struct mixed m = scale((struct mixed){'a', in_d(1.5)}, in(3));
  out("mixed", m.tag);
  out_d("mixed", m.value);
  struct bytes v = {{1, 2, 3}};
  v.b[0] = (unsigned char)in(77);
  v = shifted(shifted(v));
  out("bytes", v.b[0] * 65536 + v.b[1] * 256 + v.b[2]);
  struct tight t = {(short)in(5), (char)in(-2), 0};
  for (int i = 0; i < 4; i++) t = next(t);
  out("tight", t.c);
  out_f("single", halve((struct single){in_f(5)}).f);
  out("many", many(p, q, v, t, m));
}
