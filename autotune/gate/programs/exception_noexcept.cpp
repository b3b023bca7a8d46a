// form: clang. Code that cannot throw, code after calls that may, values changed just before a throw.
#include <new>

#include "program.h"

static int state, calls;

KEEP static int sure(int x) noexcept { return x * 2 + ++calls; }
KEEP static int unsure(int x) {
  state = x; // seen by whoever catches
  if (x == 3) throw x;
  state = x + 100;
  return x;
}
KEEP static int locals(int x) {
  int before = 1, after = 0;
  try {
    before = x * 5;
    after = unsure(x);
    before = 0;
  } catch (int) {
    return before * 10 + after + state;
  }
  return before + after + state;
}
KEEP static int cleanup_only(int x) {
  struct restore { int old = state; ~restore() { state = old; } } keep;
  state = 7;
  return unsure(x) + sure(x);
}
KEEP static int both_paths(int x) {
  int r = 0;
  try {
    r = x & 1 ? unsure(x) : sure(x);
  } catch (...) {
    r = -1;
  }
  return r * 10 + (x & 1);
}
KEEP static int through_pointer(int (*f)(int), int x) {
  try {
    return f(x);
  } catch (int e) {
    return -e;
  }
}
struct out_of { void *operator new(size_t size) { if (++calls % 2) throw std::bad_alloc(); return malloc(size); }
                void operator delete(void *p) { calls += 10; free(p); }
                int value; explicit out_of(int v) : value(v) { if (v == 5) throw v; } };
KEEP static int allocate(int v) {
  try {
    out_of *p = new out_of(v);
    int r = p->value;
    delete p;
    return r;
  } catch (const std::bad_alloc &) {
    return -100;
  } catch (int e) {
    return -e;
  }
}

int main() {
  out("locals", locals(in(2)) * 1000 + locals(in(3)));
  state = 50;
  int caught = 0;
  try {
    caught = cleanup_only(in(3));
  } catch (int e) {
    caught = -e;
  }
  out("cleanup", caught * 1000 + state);
  out("cleanup", cleanup_only(in(4)) * 1000 + state);
  for (int x = 1; x < 5; x++) out("both", both_paths(in(x)));
  out("pointer", through_pointer(unsure, in(3)) * 10 + through_pointer(unsure, in(1)));
  for (int v = 3; v < 8; v++) out("allocate", allocate(in(v)));
  out("calls", calls);
}
