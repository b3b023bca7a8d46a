/* Vector types: lanes, shuffles, comparisons as masks, conversions, in memory and as arguments. */
#include "program.h"

typedef int v4 __attribute__((ext_vector_type(4)));
typedef float f4 __attribute__((ext_vector_type(4)));
typedef unsigned char b16 __attribute__((ext_vector_type(16)));
typedef short s3 __attribute__((ext_vector_type(3)));

static int total(v4 v) { return v.x + v.y * 10 + v.z * 100 + v.w * 1000; }
KEEP static v4 lanes(v4 a, int i, int value) {
  a[i & 3] = value;
  return a.wzyx + a.xxzz;
}
KEEP static v4 choose(v4 a, v4 b) { return ((a > b) & a) | (~(a > b) & b); }
KEEP static f4 scale(f4 a, float by) { return a * by + (f4){1, 2, 3, 4}; }
KEEP static b16 bytes(b16 a, b16 b) { return (a ^ b) + (a >> 1) - (b << 2); }
KEEP static s3 three(s3 a) {
  a.yz = a.zy;
  return a * a;
}
KEEP static v4 rotate(v4 v, int n) {
  while (n-- > 0) v = v.yzwx;
  return v;
}
KEEP static int sum_of(const int *p, int n) {
  v4 sum = 0;
  for (int i = 0; i + 4 <= n; i += 4) {
    v4 part;
    memcpy(&part, p + i, sizeof part);
    sum += part * (i + 1);
  }
  return total(sum);
}
KEEP static v4 insert_extract(v4 a, v4 b) { return __builtin_shufflevector(a, b, 0, 5, 7, 2); }
KEEP static f4 convert(v4 a) { return __builtin_convertvector(a, f4) / 4; }

int main(void) {
  v4 a = {in(1), in(-2), in(3), in(4)}, b = {in(3), in(1), in(3), in(-9)};
  out("lanes", total(lanes(a, in(2), in(50))));
  out("choose", total(choose(a, b)));
  f4 f = scale(convert(a), in_f(0.5f));
  out_f("scale", f.x + f.w);
  out_f("scale", f.y * f.z);
  b16 x, y;
  for (int i = 0; i < 16; i++) x[i] = (unsigned char)in(i * 17), y[i] = (unsigned char)in(200 - i);
  x = bytes(x, y);
  uint32_t hash = 1;
  for (int i = 0; i < 16; i++) hash = mix(hash, x[i]);
  out("bytes", hash);
  s3 t = three((s3){(short)in(3), (short)in(-7), (short)in(200)});
  out("three", t.x + t.y * 3 + t.z * 5);
  out("rotate", total(rotate(a, in(6))));
  int v[12];
  for (int i = 0; i < 12; i++) v[i] = in(i * i - 20);
  out("sum", sum_of(v, in(11)));
  out("shuffle", total(insert_extract(a, b)));
  out("any", total((a == b) + (a >= 3)));
}
