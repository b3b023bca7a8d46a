/* form: clang. Variables that exchange their values at the head of a loop: taken apart wrongly, one is lost. */
#include "program.h"

KEEP static int swap(int a, int b, int n) {
  while (n-- > 0) {
    int t = a;
    a = b;
    b = t + n;
  }
  return a * 1000 + b;
}
KEEP static int rotate(int a, int b, int c, int d, int n) {
  do {
    int t = a;
    a = b, b = c, c = d, d = t;
    if (n % 3 == 0) {
      t = a, a = c, c = t;
    }
  } while (n-- > 0);
  return a * 1000 + b * 100 + c * 10 + d;
}
KEEP static int lost_copy(int n) {
  int x = 1, y;
  do {
    y = x;
    x = x * 2 + 1;
  } while (x < n);
  return y * 1000 + x;
}
KEEP static int choose(int a, int b, int c) {
  int x, y;
  if (c) x = a, y = b;
  else x = b, y = a;
  for (int i = 0; i < 3; i++) {
    if (x > y) {
      int t = x;
      x = y;
      y = t - 1;
    } else {
      x += 2;
    }
  }
  return x * 100 + y;
}
KEEP static int both_ends(const int *v, int n) {
  int i = 0, k = n - 1, last_i = -1, last_k = -1;
  while (i < k) {
    int use_left = v[i] < v[k];
    last_i = i, last_k = k;
    if (use_left) i++;
    else k--;
  }
  return i * 1000 + k * 100 + last_i * 10 + last_k;
}
KEEP static double mixed(double x, int n) {
  double a = x, b = 1;
  int even = 1;
  for (int i = 0; i < n; i++, even = !even) {
    double t = even ? a + b : a * b;
    b = a;
    a = t / 2;
  }
  return a + b * 8;
}
KEEP static int *pointers(int *p, int *q, int n) {
  for (; n > 0; n--) {
    *p += n;
    int *t = p;
    p = q;
    q = t;
  }
  return p;
}

int main(void) {
  int v[] = {5, 3, 8, 1, 9, 2}, x = 0, y = 0;
  out("swap", swap(in(3), in(7), in(5)));
  out("rotate", rotate(in(1), in(2), in(3), in(4), in(7)));
  out("lost", lost_copy(in(100)));
  out("choose", choose(in(4), in(9), in(0)) * 10000 + choose(in(4), in(9), in(1)));
  out("ends", both_ends(v, in(6)));
  out_d("mixed", mixed(in_d(3), in(9)));
  out("pointers", (pointers(&x, &y, in(5)) == &y) * 10000 + x * 100 + y);
}
