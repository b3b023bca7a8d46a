/* NaN, infinities and negative zero through arithmetic, comparison, selection and minima. */
#include <math.h>

#include "program.h"

KEEP static int order(double a, double b) {
  return (a < b) | (a <= b) << 1 | (a == b) << 2 | (a >= b) << 3 | (a > b) << 4 | (a != b) << 5 |
         (!(a < b)) << 6 | (!(a >= b)) << 7;
}
KEEP static double larger(double a, double b) { return a > b ? a : b; }
KEEP static double smaller(double a, double b) { return !(a >= b) ? a : b; }
KEEP static double sign_or_zero(double a) { return a < 0 ? -1 : a > 0 ? 1 : a; }
KEEP static int is_nan(double a) { return a != a; }
KEEP static double minus_zero_plus(double a) { return a + -0.0; }
KEEP static double zero_minus(double a) { return 0.0 - a; }

int main(void) {
  const double values[] = {in_d(0.0), in_d(-0.0), in_d(1.5), in_d(-2.5), in_d(1e300) * 1e300,
                           -in_d(1e300) * 1e300, in_d(0.0) / in_d(0.0), in_d(4.9e-324)};
  uint32_t orders = 1;
  for (int i = 0; i < COUNT(values); i++) {
    for (int k = 0; k < COUNT(values); k++) {
      orders = mix(orders, (uint32_t)order(values[i], values[k]));
      double sum = values[i] + values[k], product = values[i] * values[k];
      orders = mix(orders, (uint32_t)(is_nan(sum) | is_nan(product) << 1));
    }
    out_d("minus zero", minus_zero_plus(values[i]));
    out_d("zero minus", zero_minus(values[i]));
    out_d("sign", sign_or_zero(values[i]));
    out_d("times zero", values[i] * 0.0);
    out_d("less itself", values[i] - values[i]);
    out_d("over itself", values[i] / values[i]);
  }
  out("orders", orders);
  out_d("larger", larger(values[6], values[2]));
  out_d("larger", larger(values[2], values[6]));
  out_d("larger", larger(values[0], values[1]));
  out_d("smaller", smaller(values[6], values[2]));
  out_d("smaller", smaller(values[1], values[0]));
  out_d("copysign", copysign(values[2], values[1]));
}
