/* form: clang. Pairs of numbers passed and returned in registers, and a small Fourier transform. */
#include "program.h"

struct complex {
  double re, im;
};
KEEP static struct complex times(struct complex a, struct complex b) {
  return (struct complex){a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}
KEEP static struct complex plus(struct complex a, struct complex b) {
  struct complex sum = {a.re + b.re, a.im + b.im};
  return sum;
}
struct pair {
  float x, y;
};
KEEP static struct pair swapped(struct pair one) { return (struct pair){one.y, -one.x}; }

static const double cosines[8] = {1, 0.7071067811865476, 0, -0.7071067811865476, -1, -0.7071067811865476, 0, 0.7071067811865476};

int main(void) {
  struct complex signal[8], result[8];
  for (int i = 0; i < 8; i++) signal[i] = (struct complex){in(i) * 1.5 - 2, i % 3};
  for (int k = 0; k < 8; k++) {
    result[k] = (struct complex){0, 0};
    for (int i = 0; i < 8; i++) {
      int turn = i * k % 8;
      struct complex root = {cosines[turn], -cosines[(turn + 6) % 8]};
      result[k] = plus(result[k], times(signal[i], root));
    }
  }
  for (int k = 0; k < 8; k++) {
    out_d("re", result[k].re);
    out_d("im", result[k].im);
  }
  struct pair p = {in_f(1.25f), in_f(-0.5f)};
  for (int i = 0; i < 3; i++) p = swapped(p);
  out_f("x", p.x);
  out_f("y", p.y);
}
