/* form: clang. Functions that call each other: one component of the call graph, solved together. */
#include "program.h"

static const char *at;
static int errors;

static long sum(void);

static long number(void) {
  long value = 0;
  if (*at == '(') {
    at++;
    value = sum();
    if (*at == ')') at++;
    else errors++;
    return value;
  }
  if (*at == '-') return at++, -number();
  if (*at < '0' || *at > '9') errors++;
  while (*at >= '0' && *at <= '9') value = value * 10 + (*at++ - '0');
  return value;
}

static long product(void) {
  long value = number();
  while (*at == '*' || *at == '%') {
    char operation = *at++;
    long other = number();
    if (operation == '*') value *= other;
    else if (other != 0) value %= other;
    else errors++;
  }
  return value;
}

static long sum(void) {
  long value = product();
  while (*at == '+' || *at == '-') value = *at++ == '+' ? value + product() : value - product();
  return value;
}

KEEP static int is_odd(unsigned n);
KEEP static int is_even(unsigned n) { return n == 0 ? 1 : is_odd(n - 1); }
KEEP static int is_odd(unsigned n) { return n == 0 ? 0 : is_even(n - 1); }

int main(void) {
  static const char *const texts[] = {"1+2*3", "(4-7)*-(2+3)%7", "12*(3+(4*(5-6)))", "7%0+)", ""};
  for (int i = 0; i < COUNT(texts); i++) {
    at = texts[in(i)];
    errors = 0;
    printf("%s = %ld, %d errors\n", texts[i], sum(), errors);
  }
  out("even", is_even(in_u(41)) * 2 + is_odd(in_u(17)));
}
