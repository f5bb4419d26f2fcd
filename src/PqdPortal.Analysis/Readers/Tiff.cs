using System.Text.Json.Nodes;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Readers;

/// <summary>TIFF and BigTIFF: images and stacks of cameras and microscopes.</summary>
/// <remarks>
/// After TIFF 6.0, its supplements for deflate and real numbers, and the description of BigTIFF; see docs/formats/images.md.
/// Tried with files of DigitalMicrograph, ImageJ, FEI Helios and JEOL. The chain of pages is followed once: a page that came
/// before, or lies past the end, ends it.
/// </remarks>
static class Tiff
{
    public const string Name = "TIFF";

    const int MostPages = 1 << 16;

    /// <summary>Images of different size or type; a real file has a handful.</summary>
    const int MostImages = 1000;

    // What is kept of a header: real ones have some dozen tags a page and a few hundred kilobytes of text.
    const int MostTagsKept = 20_000, MostTextKept = 1 << 22;

    /// <summary>What a strip or tile costs beside its pixels, in bytes' worth of work.</summary>
    const int BlockItself = 256;

    public static bool Recognise(ReadOnlySpan<byte> start) =>
        start.StartsWith("II*\0"u8) || start.StartsWith("MM\0*"u8) || start.StartsWith("II+\0"u8) || start.StartsWith("MM\0+"u8);

    sealed class Group(TiffPage page, TiffDirectory first, int number)
    {
        public TiffPage Page { get; } = page;
        public TiffDirectory First { get; } = first;

        /// <summary>1-based number of its first page.</summary>
        public int Number { get; } = number;

        public List<long> Pages { get; } = [];
    }

    /// <exception cref="MeasurementFormatException">The first page lies past the end, or no page can be read.</exception>
    public static Measurement Open(ByteSource source)
    {
        var findings = new FindingList();
        var start = source.Start(16);
        var file = new TiffFile(source, start[0] == 'M', start[start[0] == 'M' ? 3 : 2] == 43);
        var header = new JsonObject { ["byte_order"] = file.BigEndian ? "big" : "little", ["bigtiff"] = file.Wide };
        if (start.Length < (file.Wide ? 16 : 8))
            throw new MeasurementFormatException($"Truncated header: a TIFF file begins with {(file.Wide ? 16 : 8)} bytes of header, this one ends after {start.Length}. Copy it again from the instrument.", start.Length) { Format = Name };
        if (file.Wide && (file.Number(start.AsSpan(4), 2) != 8 || file.Number(start.AsSpan(6), 2) != 0))
            throw new MeasurementFormatException($"This BigTIFF file has offsets of {file.Number(start.AsSpan(4), 2)} bytes; 8 are read. Save it again as TIFF.", 4) { Format = Name, Header = header };

        var groups = new List<Group>();
        var count = 0;
        string? firstReason = null;
        var thumbnails = new List<(TiffPage Page, TiffDirectory Tags, long At)>();
        var work = PixelBounds.MostBytes(source.Length);
        foreach (var (at, tags) in Pages(file, start, header, findings))
        {
            count++;
            if (TiffPage.Of(file, tags, out var why) is not { } page)
            {
                firstReason ??= why;
                findings.Add(Severity.Warning, "PAGE_LEFT_OUT", $"Page {count:N0} was left out: {why}.", at);
                continue;
            }
            if (((tags.Int(TiffTag.NewSubfileType) ?? 0) & 1) != 0 || tags.Int(TiffTag.SubfileType) is 2)
            {
                if (thumbnails.Count < MostImages) thumbnails.Add((page, tags, at));
                continue;
            }
            if ((work -= page.PixelBytes + BlockItself * page.Blocks) < 0)
            {
                findings.Add(Severity.Error, "COMPRESSION_RATIO", $"The pages unpack to more than {PixelBounds.MostBytes(source.Length):N0} bytes from a file of {source.Length:N0}; page {count:N0} and those behind it were left out.", at);
                break;
            }
            if (!Join(groups, page, tags, at, count))
                findings.Add(Severity.Warning, "PAGE_LEFT_OUT", $"Page {count:N0} was left out: the file holds more than {MostImages:N0} images of different size or type.", at);
        }
        // A file of nothing but small pages is one of images all the same.
        if (groups.Count == 0)
            foreach (var (page, tags, at) in thumbnails) Join(groups, page, tags, at, 1);
        else if (thumbnails.Count > 0)
            findings.Add(Severity.Info, "THUMBNAIL", $"{thumbnails.Count:N0} pages say that they are small copies of others; they were left out.", thumbnails[0].At);
        header["pages"] = count;
        if (groups.Count == 0)
            throw new MeasurementFormatException($"No page of this TIFF file can be read: {firstReason ?? "it has none"}.", 4) { Format = Name, Header = header };

        ImageData[] images = [.. groups.SelectMany(group => ImagesOf(file, group, groups.Count > 1, findings))];
        var measuredAt = TiffScale.MeasuredAt(groups[0].First);
        if (!OneRow.Holds(images))
            return new ImageSet { Format = file.Wide ? "BigTIFF" : Name, Header = header, MeasuredAt = measuredAt, Images = images, Findings = findings.ToList() };
        var (axis, x) = OneRow.AxisOf(images);
        var spectra = OneRow.Spectra(images, x, source.Length, findings);
        return new SpectrumSet
        {
            Format = file.Wide ? "BigTIFF" : Name,
            Header = header,
            MeasuredAt = measuredAt,
            Axis = axis,
            Spectra = spectra,
            Findings = [.. findings.ToList(), .. images.SelectMany(image => image.PixelFindings)],
        };
    }

    /// <returns>False where there are too many images already.</returns>
    static bool Join(List<Group> groups, TiffPage page, TiffDirectory tags, long at, int number)
    {
        var group = groups.Find(group => group.Page.Shape == page.Shape);
        if (group is null)
        {
            if (groups.Count == MostImages) return false;
            groups.Add(group = new(page, tags, number));
        }
        group.Pages.Add(at);
        return true;
    }

    /// <summary>The tags of every page, in the order of the chain; what is kept of them goes to the header.</summary>
    static IEnumerable<(long At, TiffDirectory Tags)> Pages(TiffFile file, byte[] start, JsonObject header, FindingList findings)
    {
        var seen = new HashSet<long>();
        var (tagsKept, textKept) = (0, 0L);
        var at = (long)Math.Min(file.Number(start.AsSpan(file.Wide ? 8 : 4), file.Wide ? 8 : 4), long.MaxValue);
        var pointer = file.Wide ? 8L : 4L;
        for (var number = 0; at != 0; number++)
        {
            if (!seen.Add(at))
            {
                findings.Add(Severity.Warning, "PAGES_LOOP", $"The tags of page {number + 1:N0} should begin at byte {at:N0}, where those of an earlier page stand: the chain of pages is a ring. Reading it stopped there.", at);
                yield break;
            }
            if (number == MostPages)
            {
                findings.Add(Severity.Warning, "FRAMES_MISSING", $"The file holds more than {MostPages:N0} pages; those behind were left out.", at);
                yield break;
            }
            if (TiffDirectory.Read(file, at, findings) is not { } tags)
            {
                if (number == 0)
                    throw new MeasurementFormatException(
                        $"The list of tags should begin at byte {at:N0}, and the file, of {file.Source.Length:N0} bytes, holds no list there. It was cut, or is damaged; copy it again from the instrument.", Math.Min(at, file.Source.Length)) { Format = Name, Header = header };
                findings.Add(Severity.Warning, "FRAMES_MISSING", $"The tags of page {number + 1:N0} should begin at byte {at:N0}, where the file holds none; it and those behind it are missing.", pointer);
                yield break;
            }
            if ((tagsKept += tags.Count) <= MostTagsKept && textKept <= MostTextKept)
            {
                var json = tags.ToJson();
                textKept += json.Sum(tag => tag.Value is JsonValue value && value.TryGetValue<string>(out var text) ? text.Length : 0);
                header[$"page_{number}"] = json;
            }
            yield return (at, tags);
            (pointer, at) = (at, tags.Next);
        }
    }

    static IEnumerable<ImageData> ImagesOf(TiffFile file, Group group, bool named, FindingList findings)
    {
        var page = group.Page;
        var pixel = TiffScale.Of(group.First, page, findings);
        var offset = group.Pages[0];
        if (page.Photometric == 0)
            findings.Add(Severity.Info, "WHITE_IS_ZERO", "The file says that 0 is white; the values are given as they stand.", group.First.OffsetOf(TiffTag.Photometric));
        if (page.Photometric == 3)
            findings.Add(Severity.Info, "PALETTE", "The file gives each value a colour; the values are given as they stand.", group.First.OffsetOf(TiffTag.Photometric));
        if (page.Orientation is not (1 or 4))
            findings.Add(Severity.Info, "ORIENTATION", $"The file says that the image is to be turned or mirrored before it is shown (orientation {page.Orientation}); rows and columns are given as they stand.", group.First.OffsetOf(TiffTag.Orientation));
        if (page.Samples > 1)
            findings.Add(Severity.Info, "CHANNELS_APART", $"The pixels have {page.Samples} values{(page.Photometric == 2 ? ", colours" : "")}; each is shown as an image of its own, because an analysis needs one value a pixel.", group.First.OffsetOf(TiffTag.SamplesPerPixel));

        var prefix = named ? $"page {group.Number}" : "";
        if (Contiguous(file, group, findings) is { } stack)
        {
            yield return new RawImage(file.Source, page.Type, file.BigEndian, frame => stack.Offset + frame * page.PixelBytes)
            {
                Rows = page.Rows,
                Columns = page.Columns,
                Frames = stack.Frames,
                ValueType = RawValues.NameOf(page.Type),
                Pixel = pixel,
                Name = named ? prefix : null,
                BottomUp = page.Orientation == 4,
            };
            yield break;
        }
        for (var sample = 0; sample < page.Samples; sample++)
        {
            var value = page.Samples == 1 ? "" : page.Photometric == 2 && sample < 4 ? new[] { "red", "green", "blue", "alpha" }[sample] : $"value {sample + 1}";
            yield return new TiffImage(file, group.Pages, sample)
            {
                Rows = page.Rows,
                Columns = page.Columns,
                Frames = group.Pages.Count,
                ValueType = RawValues.NameOf(page.Type),
                Pixel = pixel,
                Name = string.Join(", ", new[] { prefix, value }.Where(text => text.Length > 0)) is { Length: > 0 } name ? name : null,
            };
        }
    }

    /// <summary>ImageJ writes stacks beyond 4 GB as one page with all frames behind each other.</summary>
    static (long Offset, int Frames)? Contiguous(TiffFile file, Group group, FindingList findings)
    {
        var page = group.Page;
        if (group.Pages.Count > 1 || page.Packed || page.Tiled || page.Samples > 1 || TiffScale.FramesOfImageJ(group.First) is not (> 1 and var told)) return null;
        var offsets = group.First.Ints(TiffTag.StripOffsets, page.Blocks);
        for (var i = 1; i < offsets.Length; i++)
            if (offsets[i] - offsets[i - 1] != (long)page.BlockRows * page.Columns * page.SampleBytes) return null;
        if (offsets.Length == 0 || offsets[0] < 8 || offsets[0] >= file.Source.Length) return null;
        return (offsets[0], PixelBounds.Frames("The stack", Math.Min(told, int.MaxValue), page.PixelBytes, file.Source.Length - offsets[0], offsets[0], findings));
    }
}
