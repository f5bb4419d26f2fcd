using System.IO.Compression;

namespace PqdPortal.Analysis.Readers;

/// <summary>How the pixels of one page of a TIFF file lie: size, type, packing, strips or tiles.</summary>
sealed record TiffPage
{
    const int Plain = 1, Lzw = 5, Deflate = 8, DeflateOld = 32946, PackBits = 32773;
    const int MostSamples = 64;

    public required int Rows { get; init; }
    public required int Columns { get; init; }
    public required RawType Type { get; init; }

    /// <summary>Numbers of one pixel.</summary>
    public required int Samples { get; init; }

    /// <summary>True where each sample has blocks of its own.</summary>
    public required bool Planar { get; init; }

    public required int Compression { get; init; }
    public required int Predictor { get; init; }

    /// <summary>0 white is zero, 1 black is zero, 2 colours, 3 palette.</summary>
    public required int Photometric { get; init; }

    public required bool Tiled { get; init; }
    public required int BlockRows { get; init; }
    public required int BlockColumns { get; init; }

    /// <summary>1 where the first row is the top one, 4 where it is the bottom one.</summary>
    public required int Orientation { get; init; }

    public bool Packed => Compression != Plain;

    public int SampleBytes => RawValues.SizeOf(Type);

    public int BlocksAcross => (Columns + BlockColumns - 1) / BlockColumns;
    public int BlocksDown => (Rows + BlockRows - 1) / BlockRows;

    /// <summary>Of all samples together.</summary>
    public long Blocks => (long)BlocksAcross * BlocksDown * (Planar ? Samples : 1);

    public long PixelBytes => (long)Rows * Columns * Samples * SampleBytes;

    /// <summary>Pages that agree in this are frames of one image.</summary>
    public (int, int, RawType, int, int) Shape => (Rows, Columns, Type, Samples, Photometric);

    /// <summary>Null, and why, where the page cannot be read.</summary>
    public static TiffPage? Of(TiffFile file, TiffDirectory tags, out string why)
    {
        why = "";
        long columns = tags.Int(TiffTag.ImageWidth) ?? 0, rows = tags.Int(TiffTag.ImageLength) ?? 0;
        var samples = tags.Int(TiffTag.SamplesPerPixel) ?? 1;
        var compression = (int)(tags.Int(TiffTag.Compression) ?? Plain);
        var photometric = (int)(tags.Int(TiffTag.Photometric) ?? 1);
        var bits = tags.Int(TiffTag.BitsPerSample) ?? 1;
        var format = tags.Int(TiffTag.SampleFormat) ?? 1;
        if (samples is < 1 or > MostSamples)
            why = $"it has {samples:N0} values a pixel; up to {MostSamples} are read";
        else if (compression is not (Plain or Lzw or Deflate or DeflateOld or PackBits))
            why = $"its pixels are packed with {NameOf(compression)}; save it without compression, or with LZW, deflate or PackBits";
        else if (photometric is 4 or 5 or 6 or 8 or 9 or 10)
            why = $"its colours are {(photometric switch { 4 => "a mask", 5 => "CMYK", 6 => "YCbCr", _ => "L*a*b*" })}; save it as grey values or RGB";
        else if (tags.Int(TiffTag.FillOrder) is 2)
            why = "its bits are in the reverse order (FillOrder 2); save it anew in a program that writes the usual one";
        else if (TypeOf(bits, format) is not { } type)
            why = $"its values have {bits} bits in the format {format}; integers of 8, 16, 32 or 64 bits and real numbers of 16, 32 or 64 are read";
        else if (Uneven(tags, samples, bits))
            why = "its values have different numbers of bits; save it as grey values or RGB of 8 or 16 bits";
        else if (PixelBounds.Refusal(rows, columns, RawValues.SizeOf(type) * (int)samples, file.Source.Length, compression == Plain ? PixelBounds.RatioRaw : PixelBounds.RatioPacked) is { } refusal)
            why = refusal;
        else
        {
            var tiled = tags.Has(TiffTag.TileOffsets);
            long blockColumns = tiled ? tags.Int(TiffTag.TileWidth) ?? 0 : columns, blockRows = tiled ? tags.Int(TiffTag.TileLength) ?? 0 : Math.Clamp(tags.Int(TiffTag.RowsPerStrip) ?? rows, 1, rows);
            // Tiles may reach over the edge, by less than one of them.
            const long overEdge = 1 << 16;
            if (!tiled && !tags.Has(TiffTag.StripOffsets))
                why = "it says neither where its strips nor where its tiles begin";
            else if (blockColumns < 1 || blockRows < 1 || blockColumns > columns + overEdge || blockRows > rows + overEdge)
                why = $"its tiles claim {blockColumns:N0} x {blockRows:N0} pixels";
            else
                return new()
                {
                    Rows = (int)rows,
                    Columns = (int)columns,
                    Type = type,
                    Samples = (int)samples,
                    Planar = samples > 1 && tags.Int(TiffTag.PlanarConfiguration) is 2,
                    Compression = compression,
                    Predictor = compression == Plain ? 1 : (int)(tags.Int(TiffTag.Predictor) ?? 1),
                    Photometric = photometric,
                    Tiled = tiled,
                    BlockRows = (int)blockRows,
                    BlockColumns = (int)blockColumns,
                    Orientation = (int)(tags.Int(TiffTag.Orientation) ?? 1),
                };
        }
        return null;
    }

    /// <summary>The bytes of a strip or tile, unpacked.</summary>
    public Stream Open(ByteSource source, long offset, long length)
    {
        var section = new SectionStream(source, offset, length);
        return Compression switch
        {
            Lzw => new LzwStream(section),
            Deflate or DeflateOld => new ZLibStream(section, CompressionMode.Decompress),
            PackBits => new PackBitsStream(section),
            _ => section,
        };
    }

    static RawType? TypeOf(long bits, long format) => (bits, format) switch
    {
        // Format 4 means "not defined", and everybody writes integers then.
        (8, 1 or 4) => RawType.U1,
        (8, 2) => RawType.I1,
        (16, 1 or 4) => RawType.U2,
        (16, 2) => RawType.I2,
        (16, 3) => RawType.F2,
        (32, 1 or 4) => RawType.U4,
        (32, 2) => RawType.I4,
        (32, 3) => RawType.F4,
        (64, 1 or 4) => RawType.U8,
        (64, 2) => RawType.I8,
        (64, 3) => RawType.F8,
        _ => null,
    };

    static bool Uneven(TiffDirectory tags, long samples, long bits)
    {
        for (var i = 1; i < samples; i++)
            if (tags.Int(TiffTag.BitsPerSample, i) is { } other && other != bits) return true;
        return false;
    }

    static string NameOf(int compression) => compression switch
    {
        2 or 3 or 4 => $"a fax code ({compression})",
        6 or 7 => $"JPEG ({compression})",
        33003 or 33005 or 34712 => $"JPEG 2000 ({compression})",
        34887 => "LERC (34887)",
        34925 => "LZMA (34925)",
        50000 => "Zstandard (50000)",
        50001 or 34927 => $"WebP ({compression})",
        _ => $"the unknown code {compression}",
    };
}
