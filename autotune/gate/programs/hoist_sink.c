/* form: clang. Equal code on both sides of branches: joined above or below, if nothing between forbids it. */
#include "program.h"

static int log_, *target;

KEEP static int note(int x) { return log_ = log_ * 7 % 10007 + x, x; }
KEEP static int diamond(int *p, int c, int x) {
  if (c > 0) {
    note(1);
    *p = x * 3 + 1;
    return note(2) + *p;
  }
  note(3);
  *p = x * 3 + 1;
  note(4);
  return *p;
}
KEEP static void stores(int *p, int *q, int c) {
  if (c & 1) {
    *p = 1;
    *q = 2;
  } else {
    *q = 2;
    *p = 1; /* the order counts where they are one */
  }
}
KEEP static int loads(const int *p, const int *q, int c) {
  if (c == 0) return *p - *q;
  if (c == 1) return *q - *p;
  if (c == 2) return *p * *q;
  return -1; /* no load here: the pointers may be null */
}
KEEP static int divisions(int a, int b, int c) {
  int r = c;
  if (b != 0) {
    if (c > 3) r = a / b + 1;
    else r = a / b - 1;
  }
  return r;
}
KEEP static int calls(int c) {
  int r;
  switch (c) {
    case 0: r = note(5); break;
    case 1: r = note(6); break;
    case 2: log_ = 0; r = note(5); break;
    default: r = note(c);
  }
  return r + log_;
}
KEEP static int swap_stores(int c, int x) {
  int v[2];
  if (c) v[0] = x, v[1] = x + 1;
  else v[1] = x, v[0] = x + 1;
  return v[0] * 10 + v[1];
}
KEEP static void through(int c, int x) {
  if (c) {
    *target = x;
    target = &log_;
  } else {
    target = &log_;
    *target = x;
  }
}
KEEP static long addresses(int *v, long i, int c) {
  int *p;
  if (c) p = &v[i + 1], *p += 2;
  else p = &v[i - 1], *p -= 2;
  return p - v + *p * 10;
}

int main(void) {
  int x = 0, y = 0, v[] = {1, 2, 3, 4};
  out("diamond", diamond(&x, in(1), in(5)) * 1000 + diamond(&x, in(-1), in(6)));
  stores(&x, &x, in(1)), out("stores", x);
  stores(&x, &x, in(0)), out("stores", x);
  stores(&x, &y, in(0)), out("stores", x * 10 + y);
  for (int c = 0; c < 4; c++) out("loads", c < 3 ? loads(&v[3], &v[1], in(c)) : loads(NULL, NULL, in(c)));
  out("divisions", divisions(in(7), in(0), in(4)) * 100 + divisions(in(7), in(2), in(4)) * 10 + divisions(in(7), in(2), in(1)));
  for (int c = 0; c < 4; c++) out("calls", calls(in(c)));
  out("swap", swap_stores(in(1), in(4)) * 100 + swap_stores(in(0), in(4)));
  target = &x;
  through(in(1), in(33)), through(in(0), in(44));
  target = &x;
  through(in(0), in(55));
  out("through", x * 1000 + log_);
  out("addresses", addresses(v, in(1), in(1)) * 1000 + addresses(v, in(2), in(0)));
}
