namespace PqdPortal.Analysis.Readers;

/// <summary>Numbers of TIFF tags, those of microscopes among them.</summary>
static class TiffTag
{
    public const int
        NewSubfileType = 254, SubfileType = 255, ImageWidth = 256, ImageLength = 257, BitsPerSample = 258, Compression = 259,
        Photometric = 262, FillOrder = 266, ImageDescription = 270, StripOffsets = 273, Orientation = 274, SamplesPerPixel = 277,
        RowsPerStrip = 278, StripByteCounts = 279, XResolution = 282, YResolution = 283, PlanarConfiguration = 284,
        ResolutionUnit = 296, DateTime = 306, Predictor = 317, TileWidth = 322, TileLength = 323, TileOffsets = 324,
        TileByteCounts = 325, SampleFormat = 339, Zeiss = 34118, FeiSfeg = 34680, FeiHelios = 34682,
        GatanUnitX = 65003, GatanUnitY = 65004, GatanScaleX = 65009, GatanScaleY = 65010;

    /// <summary>As the header shows them; a tag without a name under its number.</summary>
    public static IReadOnlyDictionary<int, string> Names { get; } = new Dictionary<int, string>
    {
        [NewSubfileType] = "NewSubfileType",
        [SubfileType] = "SubfileType",
        [ImageWidth] = "ImageWidth",
        [ImageLength] = "ImageLength",
        [BitsPerSample] = "BitsPerSample",
        [Compression] = "Compression",
        [Photometric] = "PhotometricInterpretation",
        [FillOrder] = "FillOrder",
        [269] = "DocumentName",
        [ImageDescription] = "ImageDescription",
        [271] = "Make",
        [272] = "Model",
        [StripOffsets] = "StripOffsets",
        [Orientation] = "Orientation",
        [SamplesPerPixel] = "SamplesPerPixel",
        [RowsPerStrip] = "RowsPerStrip",
        [StripByteCounts] = "StripByteCounts",
        [XResolution] = "XResolution",
        [YResolution] = "YResolution",
        [PlanarConfiguration] = "PlanarConfiguration",
        [285] = "PageName",
        [ResolutionUnit] = "ResolutionUnit",
        [297] = "PageNumber",
        [305] = "Software",
        [DateTime] = "DateTime",
        [315] = "Artist",
        [316] = "HostComputer",
        [Predictor] = "Predictor",
        [320] = "ColorMap",
        [TileWidth] = "TileWidth",
        [TileLength] = "TileLength",
        [TileOffsets] = "TileOffsets",
        [TileByteCounts] = "TileByteCounts",
        [330] = "SubIFDs",
        [338] = "ExtraSamples",
        [SampleFormat] = "SampleFormat",
        [Zeiss] = "CZ_SEM",
        [34665] = "ExifIFD",
        [FeiSfeg] = "FEI_SFEG",
        [FeiHelios] = "FEI_HELIOS",
    };
}
