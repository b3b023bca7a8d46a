// form: clang. Virtual calls: through bases, from constructors and destructors, of known and unknown types.
#include <new>

#include "program.h"

static int trace;
struct shape {
  int id;
  explicit shape(int i) : id(i) { trace = trace * 3 % 10007 + name(); }
  virtual ~shape() { trace = trace * 3 % 10007 + name() + 5; }
  virtual int name() const { return 1; }
  virtual int area() const = 0;
  int twice() const { return area() * 2; }
};
struct square : shape {
  int side;
  explicit square(int s) : shape(s), side(s) { trace = trace * 3 % 10007 + name(); }
  ~square() override { trace = trace * 3 % 10007 + name(); }
  int name() const override { return 2; }
  int area() const override { return side * side; }
};
struct frame final : square {
  int hole;
  frame(int s, int h) : square(s), hole(h) {}
  int name() const override { return 3; }
  int area() const override { return square::area() - hole * hole; }
};
struct fixed : shape {
  fixed() : shape(9) {}
  int area() const override { return 42; }
};
KEEP static shape *make(int which) {
  switch (which % 3) {
    case 0: return new square(which + 1);
    case 1: return new frame(which + 3, which);
    default: return new fixed;
  }
}
KEEP static int sum(shape *const *all, int n) {
  int total = 0;
  for (int i = 0; i < n; i++) total = total * 2 + all[i]->twice() + all[i]->name();
  return total;
}
KEEP static int known(int s) {
  frame f(s, 1);
  const square &q = f;
  return q.area() * 10 + f.name();
}
KEEP static int replaced(int s) {
  alignas(frame) unsigned char room[sizeof(frame)];
  square *a = new (room) square(s);
  int first = a->area();
  a->~square();
  frame *b = new (room) frame(s, 2); // another type at the same place
  int second = b->area();
  b->~frame();
  return first * 1000 + second;
}

int main() {
  shape *all[5];
  for (int i = 0; i < 5; i++) all[i] = make(in(i));
  out("sum", sum(all, in(5)));
  for (int i = 0; i < 5; i++) delete all[in(i)];
  out("trace", trace);
  out("known", known(in(6)));
  out("replaced", replaced(in(7)));
  int (shape::*which)() const = in(1) ? &shape::area : &shape::name;
  fixed f;
  out("member", (f.*which)());
}
