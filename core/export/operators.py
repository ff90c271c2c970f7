"""Which TorchScript operators may stand in a file for Nuke."""

from __future__ import annotations

__all__ = ["KNOWN_OPERATORS"]

# fmt: off
KNOWN_OPERATORS = frozenset({
    "aten::Float.Scalar", "aten::Int.float", "aten::__derive_index", "aten::__getitem__.t", "aten::__range_length",
    "aten::abs", "aten::add.Scalar", "aten::add.Tensor", "aten::add.float", "aten::add.int", "aten::add_.Scalar",
    "aten::add_.Tensor", "aten::append.t", "aten::arange", "aten::avg_pool2d", "aten::cat", "aten::clamp",
    "aten::constant_pad_nd", "aten::contiguous", "aten::conv2d", "aten::conv_transpose2d.input", "aten::copy_",
    "aten::cos.float", "aten::div.Scalar", "aten::div.Tensor", "aten::div.float", "aten::eq.float", "aten::eq.int",
    "aten::erf", "aten::exp", "aten::expand", "aten::flatten.using_ints", "aten::flip", "aten::floor",
    "aten::floor.float", "aten::floordiv.int", "aten::ge.float", "aten::gt.Scalar", "aten::gt.float", "aten::gt.int",
    "aten::index_select", "aten::layer_norm", "aten::le.Scalar", "aten::len.t", "aten::lt.Scalar", "aten::lt.int",
    "aten::matmul", "aten::max.other", "aten::mean.dim", "aten::min.other", "aten::mul.Scalar", "aten::mul.Tensor",
    "aten::mul.float", "aten::mul.int", "aten::nan_to_num", "aten::neg", "aten::neg.float", "aten::ones_like",
    "aten::permute", "aten::pow.Tensor_Scalar", "aten::pow.float", "aten::relu", "aten::remainder.int",
    "aten::replication_pad2d", "aten::reshape", "aten::rsqrt", "aten::select.int", "aten::sin.float", "aten::size",
    "aten::slice.Tensor", "aten::softmax.int", "aten::sqrt", "aten::sqrt.float", "aten::sub.Scalar",
    "aten::sub.Tensor", "aten::sub.float", "aten::sub.int", "aten::sum.dim_IntList", "aten::t", "aten::tan.float",
    "aten::tanh", "aten::to.dtype", "aten::to.prim_Device", "aten::transpose.int", "aten::upsample_bilinear2d",
    "aten::where.self", "aten::zeros", "aten::zeros_like", "prim::TupleUnpack", "prim::max.float", "prim::max.int",
    "prim::min.float", "prim::min.int",
})
# fmt: on
"""All that has run in libtorch 1.12 from a file that torch 2.13 wrote (`tests/core/export/test_torchscript_old.py`).

An operator that is added here has to be tried there first.
"""
