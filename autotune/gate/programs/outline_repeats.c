/* form: clang. The same steps again and again, with small differences and ways out: outliners make functions. */
#include "program.h"

static int errors, trace;
struct reader { const unsigned char *at, *end; };

static int byte(struct reader *r, int *to) {
  if (r->at == r->end) {
    errors++;
    return 0;
  }
  *to = *r->at++;
  return 1;
}
KEEP static int header(struct reader *r, int *kind, int *length, int *flags) {
  if (!byte(r, kind)) return -1;
  trace = trace * 3 + *kind;
  if (*kind > 9) return -2;
  if (!byte(r, length)) return -1;
  trace = trace * 3 + *length;
  if (*length > 9) return -3;
  if (!byte(r, flags)) return -1;
  trace = trace * 3 + *flags;
  if (*flags > 9) return -4;
  return 0;
}
KEEP static int checks(int a, int b, int c, int *why) {
  if (a < 0) { *why = 1; errors += 1; trace ^= 21; return 0; }
  if (b < 0) { *why = 2; errors += 2; trace ^= 22; return 0; }
  if (c < 0) { *why = 3; errors += 3; trace ^= 23; return 0; }
  *why = 0;
  return a + b + c;
}
KEEP static int blocks(int *p, int *q, int *s) {
  int total = 0;
  p[0] += p[1] * 3, p[1] ^= p[0] >> 2, total += p[0] - p[1];
  q[0] += q[1] * 3, q[1] ^= q[0] >> 2, total += q[0] - q[1];
  s[0] += s[1] * 3, s[1] ^= s[0] >> 2, total -= s[0] - s[1];
  q[0] += p[1] * 3, p[1] ^= q[0] >> 2, total += q[0] - p[1];
  return total;
}
KEEP static int cold_part(int x) {
  if (__builtin_expect(x < 0, 0)) {
    printf("negative %d\n", x);
    errors += 10;
    trace = trace * 5 + x;
    if (x < -5) return -100;
    x = -x;
  }
  return x * 2 + 1;
}
KEEP static int early_out(const int *p, int n) {
  if (p == NULL || n <= 0) return -1;
  int sum = 0;
  for (int i = 0; i < n; i++) {
    sum += p[i];
    if (sum > 50) printf("large %d\n", sum);
  }
  return sum;
}

int main(void) {
  static const unsigned char data[][3] = {{1, 2, 3}, {10, 2, 3}, {1, 20, 3}, {4, 5, 60}, {7, 8, 9}};
  for (int i = 0; i < 5; i++) {
    int kind = -1, length = -1, flags = -1;
    struct reader r = {data[in(i)], data[in(i)] + (i == 4 ? in(2) : 3)};
    int result = header(&r, &kind, &length, &flags);
    printf("%d %d %d %d\n", result, kind, length, flags);
  }
  for (int i = 0; i < 4; i++) {
    int why, sum = checks(in(i == 0 ? -1 : 1), in(i == 1 ? -1 : 2), in(i == 2 ? -1 : 3), &why);
    out("checks", sum * 10 + why);
  }
  int v[] = {9, 8, 7, 6, 5, 4};
  out("blocks", blocks(v, v + in(2), v + in(4)));
  out("cold", cold_part(in(4)) + cold_part(in(-3)) * 10 + cold_part(in(-9)));
  out("early", early_out(v, in(3)) + early_out(NULL, in(3)));
  out("errors", errors * 100000 + trace % 10007);
}
