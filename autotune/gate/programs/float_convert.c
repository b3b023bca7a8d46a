/* Conversions between floating point and integers of every width, signed and not, in range. */
#include "program.h"

KEEP static int8_t to_i8(double x) { return (int8_t)x; }
KEEP static uint16_t to_u16(float x) { return (uint16_t)x; }
KEEP static int32_t to_i32(double x) { return (int32_t)x; }
KEEP static uint32_t to_u32(double x) { return (uint32_t)x; }
KEEP static int64_t to_i64(double x) { return (int64_t)x; }
KEEP static uint64_t to_u64(double x) { return (uint64_t)x; }
KEEP static float from_i32(int32_t x) { return (float)x; }
KEEP static float from_u64(uint64_t x) { return (float)x; }
KEEP static double from_i64(int64_t x) { return (double)x; }

/* float2int may only turn this into integers if no rounding is lost. */
KEEP static int through_float(int a, int b) { return (int)((float)a + (float)b * 2.0f); }
KEEP static int compare_as_float(int a, int b) { return (float)a < (float)b; }

int main(void) {
  out("i8", to_i8(in_d(-128.9)));
  out("u16", to_u16(in_f(65535.5f)));
  out("i32", to_i32(in_d(-2147483648.5)));
  out("u32", to_u32(in_d(4294967295.9)));
  out("i64", to_i64(in_d(-9223372036854775808.0)));
  out("u64", (long long)to_u64(in_d(18446744073709549568.0)));
  out_f("from i32", from_i32(in(16777217)));
  out_f("from i32", from_i32(in(-2147483647)));
  out_f("from u64", from_u64(in_u64(0xffffffffffffffffu)));
  out_f("from u64", from_u64(in_u64(0x8000008000000001u)));
  out_d("from i64", from_i64(in_64(9007199254740993)));
  out("through", through_float(in(16777217), in(1)));
  out("through", through_float(in(100), in(-7)));
  out("compare", compare_as_float(in(16777216), in(16777217)));
  out("compare", compare_as_float(in(5), in(6)));
  out_d("trip", (double)(float)in_d(0.1));
  for (int i = -3; i <= 3; i++) out("half", (int)(in(i) * 0.5) * 10 + (int)(in(i) * 0.5 + 3.5));
}
