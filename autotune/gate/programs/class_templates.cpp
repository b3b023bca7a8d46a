// form: clang. Containers of our own, lambdas, functions as objects: much code of few lines, inlined into each other.
#include "program.h"

template <class T> class vector {
  T *data_ = nullptr;
  int size_ = 0, room_ = 0;

 public:
  vector() = default;
  vector(const vector &) = delete;
  vector &operator=(const vector &) = delete;
  ~vector() { delete[] data_; }
  void push(const T &x) {
    if (size_ == room_) {
      room_ = room_ ? room_ * 2 : 2;
      T *grown = new T[static_cast<size_t>(room_)];
      for (int i = 0; i < size_; i++) grown[i] = data_[i];
      T copy = x; // x may lie in what is deleted
      delete[] data_;
      data_ = grown;
      data_[size_++] = copy;
      return;
    }
    data_[size_++] = x;
  }
  T pop() { return data_[--size_]; }
  T *begin() { return data_; }
  T *end() { return data_ + size_; }
  T &operator[](int i) { return data_[i]; }
  int size() const { return size_; }
};
template <class I, class F> KEEP static int count_if(I from, I to, F test) {
  int n = 0;
  for (; from != to; ++from) n += test(*from) ? 1 : 0;
  return n;
}
template <class T, class F> KEEP static T fold(vector<T> &v, T start, F join) {
  for (const T &x : v) start = join(start, x);
  return start;
}
struct counter { int step, at = 0; int operator()() { return at += step; } };
template <int N> struct power { static long of(long x) { return x * power<N - 1>::of(x); } };
template <> struct power<0> { static long of(long) { return 1; } };
template <class... A> static int sum(A... all) { return (0 + ... + all); }
class function {
  struct base { virtual int call(int) = 0; virtual ~base() = default; } *held_;
  template <class F> struct of : base { F f; explicit of(F g) : f(g) {} int call(int x) override { return f(x); } };

 public:
  template <class F> explicit function(F f) : held_(new of<F>(f)) {}
  function(const function &) = delete;
  ~function() { delete held_; }
  int operator()(int x) { return held_->call(x); }
};

int main() {
  vector<int> v;
  for (int i = 0; i < 11; i++) v.push(in(i * 7 % 11));
  v.push(v[in(3)]);
  while (v.size() < 17) v.push(v[0] + v[v.size() - 1]);
  int limit = in(5), seen = 0;
  out("count", count_if(v.begin(), v.end(), [limit, &seen](int x) { seen += x; return x > limit; }) * 1000 + seen);
  out("fold", fold(v, 1, [](int a, int b) { return a * 3 % 10007 + b; }));
  vector<double> d;
  for (int i = 0; i < 4; i++) d.push(in_d(i) / 3);
  out_d("fold", fold(d, 0.0, [](double a, double b) { return a * 2 + b; }));
  counter c{in(4)};
  c();
  out("counter", c() + c());
  out("power", power<5>::of(in(3)));
  out("sum", sum(in(1), 2, in(3), 4));
  int state = in(10);
  function f([&state](int x) { return state += x; }), g([state](int x) mutable { return state *= x; });
  out("function", f(in(2)) + f(in(3)) + g(in(2)) * g(in(3)) + state);
  out("pop", v.pop() * 100 + v.pop() + v.size());
}
