/* Calls of the mathematical library that must keep their arguments, results and order. */
#include <math.h>

#include "program.h"

KEEP static double root_or(double x, double other) { return x >= 0 ? sqrt(x) : other; }
KEEP static double power(double x, int n) {
  double result = 1;
  for (unsigned k = n < 0 ? 0u - (unsigned)n : (unsigned)n; k; k >>= 1, x *= x)
    if (k & 1) result *= x;
  return n < 0 ? 1 / result : result;
}
KEEP static double step(double x) { return floor(x) * 100 + ceil(x) * 10 + trunc(x) + rint(x) / 8; }
KEEP static double newton(double of) {
  double x = of / 2;
  for (int i = 0; i < 20; i++) {
    double next = 0.5 * (x + of / x);
    if (fabs(next - x) < 1e-12) break;
    x = next;
  }
  return x;
}

int main(void) {
  const double steps[] = {0.5, -0.5, 1.5, 2.5, -2.5, -0.0, 3.0, -3.7};
  for (int i = 0; i < COUNT(steps); i++) out_d("step", step(in_d(steps[i])));
  out_d("root", root_or(in_d(2.0), 7));
  out_d("root", root_or(in_d(-0.0), 7));
  out_d("root", root_or(in_d(-1.0), 7));
  out_d("power", power(in_d(1.0625), in(13)));
  out_d("power", power(in_d(-3.0), in(-5)));
  out_d("newton", newton(in_d(10.0)));
  out_d("mod", fmod(in_d(-7.5), in_d(2.0)));
  out_d("max", fmax(in_d(0.0) / in_d(0.0), in_d(1.0)));
  out_d("scale", ldexp(in_d(0.75), in(10)));
  int exponent;
  out_d("fraction", frexp(in_d(-48.0), &exponent));
  out("exponent", exponent);
  double whole, part = modf(in_d(-3.25), &whole);
  out_d("part", part * 16 + whole);
  out("class", (fpclassify(in_d(0.0)) == FP_ZERO) + 2 * (signbit(in_d(-0.0)) != 0) + 4 * isfinite(in_d(1.0)));
}
