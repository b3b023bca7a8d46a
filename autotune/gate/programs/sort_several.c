/* form: clang. Sorting by hand: quick, heap, insertion, shell, counting, radix; all must agree. */
#include "program.h"

KEEP static void insertion(int *v, int n) {
  for (int i = 1; i < n; i++) {
    int x = v[i], k = i;
    for (; k > 0 && v[k - 1] > x; k--) v[k] = v[k - 1];
    v[k] = x;
  }
}
KEEP static void quick(int *v, int low, int high) {
  while (low < high) {
    int pivot = v[(low + high) / 2], i = low, k = high;
    while (i <= k) {
      while (v[i] < pivot) i++;
      while (v[k] > pivot) k--;
      if (i <= k) {
        int t = v[i];
        v[i++] = v[k];
        v[k--] = t;
      }
    }
    quick(v, low, k);
    low = i;
  }
}
KEEP static void heap(int *v, int n) {
  for (int start = n / 2, end = n; end > 1;) {
    if (start > 0) {
      start--;
    } else {
      int t = v[--end];
      v[end] = v[0];
      v[0] = t;
    }
    for (int at = start, child; (child = at * 2 + 1) < end; at = child) {
      if (child + 1 < end && v[child + 1] > v[child]) child++;
      if (v[at] >= v[child]) break;
      int t = v[at];
      v[at] = v[child];
      v[child] = t;
    }
  }
}
KEEP static void shell(int *v, int n) {
  for (int gap = n / 2; gap > 0; gap /= 2)
    for (int i = gap; i < n; i++)
      for (int k = i - gap; k >= 0 && v[k] > v[k + gap]; k -= gap) {
        int t = v[k];
        v[k] = v[k + gap];
        v[k + gap] = t;
      }
}
KEEP static void radix(unsigned *v, unsigned *spare, int n) {
  for (int shift = 0; shift < 32; shift += 8) {
    int counts[257] = {0};
    for (int i = 0; i < n; i++) counts[(v[i] >> shift & 255) + 1]++;
    for (int i = 0; i < 256; i++) counts[i + 1] += counts[i];
    for (int i = 0; i < n; i++) spare[counts[v[i] >> shift & 255]++] = v[i];
    unsigned *t = v;
    v = spare;
    spare = t;
  }
}
static uint32_t hash_of(const int *v, int n) {
  uint32_t hash = 1;
  for (int i = 0; i < n; i++) hash = mix(hash, (uint32_t)v[i]);
  return hash;
}

enum { N = 21 };
int main(void) {
  int v[N], w[N];
  for (int i = 0; i < N; i++) v[i] = in(i * 37 % 23 * 1000003);
  memcpy(w, v, sizeof v), insertion(w, in(N)), out("insertion", hash_of(w, N));
  memcpy(w, v, sizeof v), quick(w, 0, in(N) - 1), out("quick", hash_of(w, N));
  memcpy(w, v, sizeof v), heap(w, in(N)), out("heap", hash_of(w, N));
  memcpy(w, v, sizeof v), shell(w, in(N)), out("shell", hash_of(w, N));
  unsigned u[N], spare[N];
  memcpy(u, v, sizeof v), radix(u, spare, in(N)), out("radix", hash_of((int *)u, N));
}
