// Constructors and destructors of globals and of local statics: their order and their state.
#include "program.h"

static int order = 1;
KEEP static int next(int x) { return order = order * 3 % 1009 + x; }
struct logger {
  const char *name;
  int value;
  logger(const char *n, int v) : name(n), value(next(v)) {}
  ~logger() { printf("end %s %d %d\n", name, value, next(value)); }
};
static logger first("first", 1);
static logger second("second", first.value);
static int plain = next(7), from_constant = 5;
static const int table[] = {next(1), next(2), 3};
static logger array[2] = {{"zero", 4}, {"one", 5}};

KEEP static logger &lazy(int x) {
  static logger only("lazy", x); // made by the first call
  only.value++;
  return only;
}
KEEP static int counter() {
  static int count = next(0) % 10;
  return count++;
}
struct registry {
  static int known;
  int id;
  registry() : id(known++) {}
};
int registry::known = 100;
static registry a, b;
constexpr int folded(int n) { return n <= 1 ? 1 : n * folded(n - 1); }
static constexpr int six = folded(6);
__attribute__((constructor)) static void early() { printf("early %d\n", from_constant); }
__attribute__((destructor)) static void late() { printf("late %d\n", order); }

int main() {
  out("order", order);
  out("plain", plain * 10 + from_constant);
  out("table", table[in(0)] * 10000 + table[in(1)] * 10 + table[in(2)]);
  out("values", first.value + second.value * 3 + array[in(1)].value);
  int x = lazy(in(3)).value;
  out("lazy", x * 1000 + lazy(in(9)).value);
  int c = counter();
  out("counter", c * 100 + counter());
  out("registry", a.id * 1000 + b.id + registry::known);
  out("six", six + in(0));
}
