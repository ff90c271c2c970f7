"""The node types that this project's commands may use, their attributes and types, and where each was looked up.

Sources:
    D   Autodesk, Maya Technical Documentation, Nodes (help.autodesk.com, Maya-Tech-Docs/Nodes/<type>.html)
    A   the attribute lists of a public Python wrapper whose classes are generated from a running Maya with Arnold and
        hold name, type, default and range of every attribute: standardSurface, renderGlobals, samplerInfo,
        surfaceShader, bump2d, place2dTexture and every ai* type
    M   published copies of Arnold for Maya's own sources (mtoa/core.py, AEcameraTemplate, translators): attributes
        that the plug-in adds to Maya's own nodes
    S   scene files (.ma) that Maya has written, for the light lists
    B   public scripts that build materials for Arnold: attributes that they set, as the plug-in's defaults do not suit
    H   the project's own list of host facts

An attribute is `name:type`, with `!` where it cannot be set (an output), `*` for an array, [low,high] for its range.
Colours have children R G B, vectors X Y Z, uvs U V, sizes X Y.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache


@dataclass(frozen=True)
class Attribute:
    """One attribute of a node type."""

    name: str
    kind: str
    writable: bool = True
    multi: bool = False
    low: float | None = None
    high: float | None = None
    children: tuple[str, ...] = ()
    parent: str = ""


@dataclass(frozen=True)
class NodeType:
    """One node type: `dag` is "" (no place in the hierarchy), "transform" or "shape"."""

    name: str
    source: str
    attributes: dict[str, Attribute] = field(default_factory=dict)
    dag: str = ""
    plugin: str = ""


SCALARS = {"bool", "int", "float", "double", "enum", "angle", "time"}
_CHILDREN = {"color": "RGB", "vector": "XYZ", "uv": "UV", "size": "XY"}
_TOKEN = re.compile(r"^(\w+):(\w+)(\*)?(!)?(?:\[([-\d.e]+),([-\d.e]+)\])?$")


def attributes(text: str) -> dict[str, Attribute]:
    """Read a table."""
    found: dict[str, Attribute] = {}
    for token in text.split():
        match = _TOKEN.match(token)
        assert match, token
        name, kind, multi, output, low, high = match.groups()
        stem = name.removesuffix("UV") if kind == "uv" else name
        children = tuple(f"{stem}{letter}" for letter in _CHILDREN.get(kind, ""))
        least, most = (None, None) if low is None else (float(low), float(high))
        found[name] = Attribute(name, kind, not output, bool(multi), least, most, children)
        for child in children:
            found[child] = Attribute(child, "float", not output, bool(multi), least, most, (), name)
    return found


_SURFACE = """
    outColor:color! outTransparency:color! normalCamera:vector base:float[0,1] baseColor:color
    diffuseRoughness:float[0,1] specular:float[0,1] specularColor:color specularRoughness:float[0,1]
    specularIOR:float[0,100] metalness:float[0,1] coat:float[0,1] sheen:float[0,1] emission:float[0,1e9]
    emissionColor:color opacity:color
"""
_IDS = " ".join(f"aovId{k}:string id{k}:color" for k in range(1, 9))
_ARNOLD_LIGHT = """
    aiExposure:float aiNormalize:bool aiSamples:int[0,100] aiCastShadows:bool
"""
_LIGHT = """
    color:color intensity:float emitDiffuse:bool emitSpecular:bool useRayTraceShadows:bool lightData:lightData!
"""

TABLES: dict[str, tuple[str, str, str, str]] = {
    # type: (source, dag, plugin, attributes)
    "transform": ("D", "transform", "", "translate:vector rotate:vector scale:vector visibility:bool matrix:matrix! "
                  "worldMatrix:matrix*! "
                  "instObjGroups:objectGroups*!"),
    "mesh": ("D", "shape", "", "primaryVisibility:bool castsShadows:bool receiveShadows:bool doubleSided:bool "
             "opposite:bool intermediateObject:bool instObjGroups:objectGroups*!"),
    "camera": ("D", "shape", "", "horizontalFilmAperture:double verticalFilmAperture:double filmFit:enum[0,3] "
               "focalLength:double[2.5,100000] nearClipPlane:double farClipPlane:double depthOfField:bool "
               "fStop:double[1,64] focusDistance:double renderable:bool backgroundColor:color"),
    "areaLight": ("D", "shape", "", f"{_LIGHT} normalize:bool decayRate:enum[0,3]"),
    "directionalLight": ("D", "shape", "", _LIGHT),
    "shadingEngine": ("D", "", "", "surfaceShader:color volumeShader:color displacementShader:float "
                      "dagSetMembers:objectGroups*"),
    "objectSet": ("D", "", "", "dagSetMembers:objectGroups*"),
    "lightList": ("D, S", "", "", "lights:lightData*"),
    "standardSurface": ("A", "", "", _SURFACE),
    "surfaceShader": ("A", "", "", "outColor:color outTransparency:color outMatteOpacity:color"),
    "file": ("D, H", "", "", "uvCoord:uv uvFilterSize:size fileTextureName:string colorSpace:string "
             "ignoreColorSpaceFileRules:bool alphaIsLuminance:bool filterType:enum[0,5] outColor:color! "
             "outAlpha:float! coverage:uv translateFrame:uv rotateFrame:angle mirrorU:bool mirrorV:bool stagger:bool "
             "wrapU:bool wrapV:bool repeatUV:uv offset:uv rotateUV:angle noiseUV:uv vertexUvOne:uv vertexUvTwo:uv "
             "vertexUvThree:uv vertexCameraOne:vector colorGain:color colorOffset:color invert:bool"),
    "place2dTexture": ("A", "", "", "uvCoord:uv coverage:uv translateFrame:uv rotateFrame:angle mirrorU:bool "
                       "mirrorV:bool stagger:bool wrapU:bool wrapV:bool repeatUV:uv offset:uv rotateUV:angle "
                       "noiseUV:uv vertexUvOne:uv vertexUvTwo:uv vertexUvThree:uv vertexCameraOne:vector "
                       "outUV:uv! outUvFilterSize:size!"),
    "bump2d": ("A", "", "", "bumpValue:float bumpDepth:float bumpInterp:enum[0,2] normalCamera:vector "
               "outNormal:vector!"),
    "samplerInfo": ("A", "", "", "pointCamera:vector! pointWorld:vector! normalCamera:vector! uvCoord:uv! "
                    "facingRatio:float! flippedNormal:bool!"),
    "setRange": ("D", "", "", "value:vector min:vector max:vector oldMin:vector oldMax:vector outValue:vector!"),
    "renderGlobals": ("A", "", "", "currentRenderer:string imageFormat:enum[0,64] imfPluginKey:string animation:bool "
                      "imageFilePrefix:string useRenderRegion:bool enableDefaultLight:bool outFormatControl:enum[0,2] "
                      "putFrameBeforeExt:bool"),
    "resolution": ("D", "", "", "width:int height:int pixelAspect:float deviceAspectRatio:float"),
    "renderQuality": ("D", "", "", "enableRaytracing:bool edgeAntiAliasing:enum[0,3] shadingSamples:int "
                      "maxShadingSamples:int useMultiPixelFilter:bool"),
    "aiStandardSurface": ("A", "", "mtoa", f"{_SURFACE} {_IDS}"),
    "aiNormalMap": ("A", "", "mtoa", "input:vector tangent:vector normal:vector order:enum[0,5] invertX:bool "
                    "invertY:bool invertZ:bool colorToSigned:bool tangentSpace:bool strength:float[0,1e9] "
                    "outValue:vector!"),
    "aiUserDataFloat": ("A", "", "mtoa", "attribute:string default:float outValue:float!"),
    "aiStateVector": ("A", "", "mtoa", "variable:enum[0,16] outValue:vector!"),
    "aiAmbientOcclusion": ("A", "", "mtoa", "samples:int[0,1000] spread:float[0,1] nearClip:float[0,1e9] "
                           "farClip:float[0,1e9] falloff:float[0,1e9] black:color white:color normalCamera:vector "
                           "outColor:color!"),
    "aiSkyDomeLight": ("A", "shape", "mtoa", f"{_ARNOLD_LIGHT} color:color intensity:float[0,1e9] format:enum[0,2] "
                       "camera:float[0,1e9] transmission:float[0,1e9] resolution:int lightData:lightData!"),
    "aiOptions": ("A", "", "mtoa", "aovList:message* aovMode:enum[0,2] driver:message filter:message "
                  "abortOnLicenseFail:bool skipLicenseCheck:bool abortOnError:bool renderDevice:enum[0,1] "
                  "AASamples:int[-10,1020] enableAdaptiveSampling:bool use_sample_clamp:bool "
                  "indirectSampleClamp:float[0,1e9] GIDiffuseSamples:int[0,100] GISpecularSamples:int[0,100] "
                  "GIDiffuseDepth:int[0,100] GISpecularDepth:int[0,100] GITotalDepth:int[0,100] "
                  "lock_sampling_noise:bool AA_seed:time motion_blur_enable:bool autotx:bool "
                  "use_existing_tiled_textures:bool textureAcceptUntiled:bool textureAcceptUnmipped:bool "
                  "log_verbosity:enum[0,3]"),
    "aiAOVDriver": ("A", "", "mtoa", "aiTranslator:string mergeAOVs:bool halfPrecision:bool exrTiled:bool "
                    "multipart:bool preserveLayerName:bool autocrop:bool colorManagement:enum[0,2] prefix:string "
                    "outputMode:enum[0,2] exrCompression:enum[0,9]"),
    "aiAOVFilter": ("A", "", "mtoa", "aiTranslator:string width:float"),
    "aiAOV": ("A, M", "", "mtoa", "enabled:bool name:string type:enum[1,11] defaultValue:message "
              "outputs:aovOutput* outputs_driver:message outputs_filter:message"),
}  # fmt: skip

ADDED_BY_ARNOLD: dict[str, tuple[str, str]] = {
    # Attributes that the plug-in adds to Maya's own types: (source, attributes)
    "camera": ("M", "aiEnableDOF:bool aiFocusDistance:float[0,1e9] aiApertureSize:float[0,20] aiExposure:float"),
    "areaLight": ("M", f"{_ARNOLD_LIGHT} aiTranslator:string aiSpread:float[0,1]"),
    "directionalLight": ("M", _ARNOLD_LIGHT),
    "bump2d": ("B", "aiFlipR:bool aiFlipG:bool"),
    "mesh": ("M", "aiVisibleInDiffuseReflection:bool aiVisibleInSpecularReflection:bool aiOpaque:bool"),
}

MEMBERS = {"aiAOV.outputs": ("driver", "filter")}
"""Children of compound arrays, which the tables above name `outputs_driver`."""


def node_type(name: str, plugins: set[str]) -> NodeType | None:
    """A node type with what loaded plug-ins add to it, or None if there is none of that name."""
    return _node_type(name, frozenset(plugins))


@cache
def _node_type(name: str, plugins: frozenset[str]) -> NodeType | None:
    if name not in TABLES or (TABLES[name][2] and TABLES[name][2] not in plugins):
        return None
    source, dag, plugin, text = TABLES[name]
    found = attributes(text)
    found["message"] = Attribute("message", "message", writable=False)
    if "mtoa" in plugins and name in ADDED_BY_ARNOLD:
        more, added = ADDED_BY_ARNOLD[name]
        found |= attributes(added)
        source = f"{source}, {more}"
    return NodeType(name, source, found, dag, plugin)
