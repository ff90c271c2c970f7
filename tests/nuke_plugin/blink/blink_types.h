// Foundry's Blink, as much of it as docs/nuke-relight.md allows a kernel to use, for an ordinary C++ compiler.
//
// Written for these tests, and strict on purpose: nothing is included, so that a function that is not declared here
// does not exist; images that are read cannot be written, nor the other way round; nothing turns into a double.
// What it cannot show is what a graphics card's compiler makes of the kernel.
#pragma once

struct int2 {
  int x, y;
  int2(int a, int b) : x(a), y(b) {}
};

struct float2 {
  float x, y;
  float2() : x(0.0f), y(0.0f) {}
  float2(float a, float b) : x(a), y(b) {}
};

struct float3 {
  float x, y, z;
  float3() : x(0.0f), y(0.0f), z(0.0f) {}
  float3(float a, float b, float c) : x(a), y(b), z(c) {}
};

struct float4 {
  float x, y, z, w;
  float4() : x(0.0f), y(0.0f), z(0.0f), w(0.0f) {}
  float4(float a, float b, float c, float d) : x(a), y(b), z(c), w(d) {}
};

inline float3 operator+(float3 a, float3 b) { return float3(a.x + b.x, a.y + b.y, a.z + b.z); }
inline float3 operator-(float3 a, float3 b) { return float3(a.x - b.x, a.y - b.y, a.z - b.z); }
inline float3 operator*(float3 a, float3 b) { return float3(a.x * b.x, a.y * b.y, a.z * b.z); }
inline float3 operator*(float3 a, float s) { return float3(a.x * s, a.y * s, a.z * s); }

inline float dot(float3 a, float3 b) { return a.x * b.x + a.y * b.y + a.z * b.z; }
inline float3 cross(float3 a, float3 b) {
  return float3(a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x);
}
inline float sqrt(float v) { return __builtin_sqrtf(v); }
inline float pow(float v, float p) { return __builtin_powf(v, p); }
inline float fabs(float v) { return __builtin_fabsf(v); }
inline float atan2(float y, float x) { return __builtin_atan2f(y, x); }
inline float cos(float v) { return __builtin_cosf(v); }
inline float sin(float v) { return __builtin_sinf(v); }
inline float floor(float v) { return __builtin_floorf(v); }
inline float min(float a, float b) { return a < b ? a : b; }
inline float max(float a, float b) { return a > b ? a : b; }
inline float clamp(float v, float low, float high) { return v < low ? low : (v > high ? high : v); }

enum Granularity { ePixelWise, eComponentWise };
enum Use { eRead, eWrite };
enum Access { eAccessPoint };
enum Edge { eEdgeClamped, eEdgeConstant, eEdgeNone };

template <Granularity G> struct ImageComputationKernel {
  template <class T> void defineParam(T& parameter, const char*, T value) { parameter = value; }
};

template <Use U, Access A = eAccessPoint, Edge E = eEdgeNone> struct Image;

template <Access A, Edge E> struct Image<eRead, A, E> {
  const float4* here = nullptr;
  const float4& operator()() const { return *here; }
};

template <Access A, Edge E> struct Image<eWrite, A, E> {
  float4* here = nullptr;
  float4& operator()() { return *here; }
};

#define kernel struct
#define param public
#define local private
