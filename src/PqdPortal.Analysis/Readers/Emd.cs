using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Readers;

/// <summary>EMD: images of electron microscopes in an HDF5 file, as Velox (Thermo Fisher) or the Berkeley group write them.</summary>
/// <remarks>
/// See docs/formats/emd.md. Velox keeps images under Data/Image with the frame as the last dimension and its settings as JSON in
/// bytes; Berkeley marks groups by the attribute emd_group_type and gives each axis as a dataset. Tried with a Velox camera image.
/// </remarks>
static class Emd
{
    const string Velox = "Velox EMD", Berkeley = "Berkeley EMD";
    const int MostGroups = 4096;

    /// <returns>Null where the file is something else.</returns>
    /// <exception cref="MeasurementFormatException">It is an EMD file without any image.</exception>
    public static ImageSet? Open(Hdf5File file, Hdf5Object root)
    {
        var findings = new FindingList();
        var images = new List<ImageData>();
        var header = Hdf5Header.Of(file, root);
        string format;
        if (root.At("Data/Image") is { } velox)
        {
            format = Velox;
            foreach (var link in velox.Links)
                if (link.Address is { } address) AddVelox(file, Hdf5Object.Read(file, address), link.Name, images, header, findings);
        }
        else
        {
            format = Berkeley;
            if (!AddBerkeley(file, root, images, findings) && root.Attribute("version_major") is null) return null;
        }
        if (images.Count == 0)
            throw new MeasurementFormatException(
                $"This {format} file holds no image that can be read{(findings.ToList() is [var why, ..] ? ": " + why.Message : ".")} Export the image from the microscope's program.", file.Start)
            { Format = format, Header = header };
        return new ImageSet { Format = format, Images = images, Header = header, Findings = findings.ToList() };
    }

    static void AddVelox(Hdf5File file, Hdf5Object group, string name, List<ImageData> images, JsonObject header, FindingList findings)
    {
        if (group.Child("Data")?.Dataset is not { Shape.Count: 3 } data) return;
        var metadata = Metadata(group.Child("Metadata")?.Dataset);
        if (metadata is not null) header[$"Metadata of {name}"] = metadata.DeepClone();
        if (Refused(data, data.Shape[0], data.Shape[1], file, name, findings)) return;
        var pixel = metadata?["BinaryResult"]?["PixelSize"];
        var unit = Length(Text(metadata?["BinaryResult"]?["PixelUnitX"]));
        double? height = Number(pixel?["height"]), width = Number(pixel?["width"]);
        images.Add(new HdfImage(data, frameAxis: 2, rowAxis: 0, columnAxis: 1)
        {
            Rows = (int)data.Shape[0],
            Columns = (int)data.Shape[1],
            Frames = (int)data.Shape[2],
            ValueType = data.Type.Text,
            Name = Text(metadata?["BinaryResult"]?["Detector"]),
            Pixel = unit is { } metres && height > 0 && width > 0 ? new(height.Value * metres, width.Value * metres, "BinaryResult.PixelSize") : null,
        });
    }

    /// <summary>Whether a dataset cannot be shown as an image; the reason becomes a finding.</summary>
    static bool Refused(Hdf5Dataset data, long rows, long columns, Hdf5File file, string name, FindingList findings)
    {
        var bytes = (double)data.Count * data.Type.Size;
        var why = data.Unreadable
            ?? (data.Type.Raw is null ? $"its pixels are {data.Type.Text}, not plain numbers" : null)
            ?? (data.Count == 0 ? "it is empty" : null)
            ?? ((double)rows * columns * sizeof(double) > (64L << 20) + 16d * file.Source.Length || bytes > Math.Max(64L << 20, 200d * file.Source.Length)
                ? $"it would unpack to {bytes / file.Source.Length:N0} times the file" : null)
            ?? (data.Reader().Has(new long[data.Shape.Count]) ? null : "its pixels were never stored");
        if (why is null) return false;
        findings.Add(Severity.Warning, why.Contains("times the file") ? "COMPRESSION_RATIO" : "IMAGE_LEFT_OUT", $"The image {name} ({data.Text}) was left out: {why}.");
        return true;
    }

    /// <summary>Settings of the first frame: a column of bytes, JSON up to a NUL.</summary>
    static JsonNode? Metadata(Hdf5Dataset? data)
    {
        if (data is not { Type.Raw: RawType.U1 or RawType.I1, Shape: { Count: 2 } shape, Unreadable: null } || shape[0] is 0 or > 4 << 20 || shape[1] == 0) return null;
        var bytes = new byte[shape[0]];
        data.Reader().Read([0, 0], [shape[0], 1], bytes);
        try
        {
            return Copy(JsonNode.Parse(HeaderText.Narrow(bytes), documentOptions: new JsonDocumentOptions { MaxDepth = 64, AllowDuplicateProperties = false }));
        }
        // A text with half a character in it parses, and fails where it is read.
        catch (Exception trouble) when (trouble is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>The same tree, every text and number of it read once.</summary>
    static JsonNode? Copy(JsonNode? node) => node switch
    {
        JsonObject members => new JsonObject(members.Select(member => KeyValuePair.Create(member.Key, Copy(member.Value)))),
        JsonArray items => new JsonArray([.. items.Select(Copy)]),
        JsonValue value when value.GetValueKind() == JsonValueKind.String => value.GetValue<string>(),
        JsonValue value when value.GetValueKind() == JsonValueKind.Number => value.GetValue<double>() is var number && double.IsFinite(number) ? number : null,
        _ => node?.DeepClone(),
    };

    /// <summary>Walks the groups and adds those that are marked as data.</summary>
    /// <returns>Whether any was marked.</returns>
    static bool AddBerkeley(Hdf5File file, Hdf5Object root, List<ImageData> images, FindingList findings)
    {
        var found = false;
        var groups = new Stack<(string Name, Hdf5Object It)>([("/", root)]);
        var seen = new HashSet<long> { root.Address };
        while (groups.TryPop(out var at))
        {
            if (at.It.Attribute("emd_group_type")?.FirstReal == 1)
            {
                found = true;
                AddBerkeleyImage(file, at.It, at.Name, images, findings);
                continue;
            }
            foreach (var link in Enumerable.Reverse(at.It.Links))
                if (link.Address is { } address && seen.Count < MostGroups && seen.Add(address) && Hdf5Object.Read(file, address) is { Dataset: null } group)
                    groups.Push((link.Name, group));
        }
        return found;
    }

    static void AddBerkeleyImage(Hdf5File file, Hdf5Object group, string name, List<ImageData> images, FindingList findings)
    {
        if (group.Child("data")?.Dataset is not { } data || data.Shape.Count is < 2 or > 3)
        {
            findings.Add(Severity.Info, "IMAGE_LEFT_OUT", $"The data of {name} have {group.Child("data")?.Dataset?.Shape.Count.ToString(CultureInfo.InvariantCulture) ?? "no"} dimensions; images of two, or stacks of three, are read.");
            return;
        }
        var stack = data.Shape.Count == 3;
        var row = stack ? 1 : 0;
        if (data.Shape.Any(length => length > int.MaxValue) || Refused(data, data.Shape[row], data.Shape[row + 1], file, name, findings)) return;
        double? height = StepOf(group, row + 1), width = StepOf(group, row + 2);
        images.Add(new HdfImage(data, stack ? 0 : -1, row, row + 1)
        {
            Rows = (int)data.Shape[row],
            Columns = (int)data.Shape[row + 1],
            Frames = stack ? (int)data.Shape[0] : 1,
            ValueType = data.Type.Text,
            Name = name,
            Pixel = height is { } h && width is { } w ? new(h, w, $"dim{row + 1} and dim{row + 2}") : null,
        });
    }

    /// <summary>Step of an axis [m], from its first two values; null where its unit is no length.</summary>
    static double? StepOf(Hdf5Object group, int number)
    {
        if (group.Child($"dim{number}") is not { Dataset: { Unreadable: null, Type.Raw: { } raw, Shape.Count: 1, Count: >= 2 } axis } it) return null;
        if (Length(it.Attribute("units")?.FirstText) is not { } metres) return null;
        var bytes = new byte[2 * axis.Type.Size];
        axis.Reader().Read([0], [2], bytes);
        Span<double> two = stackalloc double[2];
        RawValues.Read(bytes, raw, axis.Type.BigEndian, two);
        var step = Math.Abs(two[1] - two[0]) * metres;
        return step is > 0 and < 1 ? step : null;
    }

    /// <summary>Metres of a unit, as "m", "nm", or Berkeley's "n_m" in square brackets; null for what is no length.</summary>
    static double? Length(string? unit) => unit?.Trim('[', ']', ' ').Replace("_", "").Normalize(NormalizationForm.FormKC) switch
    {
        "m" => 1,
        "mm" => 1e-3,
        "um" or "µm" or "μm" => 1e-6,
        "nm" => 1e-9,
        "A" or "Å" or "Angstrom" or "angstrom" => 1e-10,
        "pm" => 1e-12,
        _ => null,
    };

    static string? Text(JsonNode? node) => node?.GetValueKind() == JsonValueKind.String ? node.GetValue<string>() : null;

    /// <summary>Velox writes its numbers as texts.</summary>
    static double? Number(JsonNode? node) => node?.GetValueKind() switch
    {
        JsonValueKind.Number => node.GetValue<double>(),
        JsonValueKind.String when double.TryParse(node.GetValue<string>(), NumberStyles.Float, CultureInfo.InvariantCulture, out var value) => value,
        _ => null,
    };

    /// <param name="frameAxis">-1 where there is one frame and no dimension for it.</param>
    sealed class HdfImage(Hdf5Dataset data, int frameAxis, int rowAxis, int columnAxis) : ImageData
    {
        readonly Lock _turn = new();
        Hdf5Reader? _reader;

        public override double[] Frame(int frame)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(frame);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(frame, Frames);
            var from = new long[data.Shape.Count];
            var count = new long[data.Shape.Count];
            if (frameAxis >= 0) (from[frameAxis], count[frameAxis]) = (frame, 1);
            (count[rowAxis], count[columnAxis]) = (Rows, Columns);
            var pixels = new double[(long)Rows * Columns];
            // A band of rows at a time, so that the raw bytes take no second frame of memory.
            var band = (int)Math.Clamp((1L << 22) / Math.Max(1, (long)Columns * data.Type.Size), 1, Rows);
            var bytes = new byte[(long)band * Columns * data.Type.Size];
            lock (_turn)
            {
                _reader ??= data.Reader();
                for (var row = 0; row < Rows; row += band)
                {
                    var rows = Math.Min(band, Rows - row);
                    (from[rowAxis], count[rowAxis]) = (row, rows);
                    var part = bytes.AsSpan(0, rows * Columns * data.Type.Size);
                    _reader.Read(from, count, part);
                    RawValues.Read(part, data.Type.Raw!.Value, data.Type.BigEndian, pixels.AsSpan(row * Columns, rows * Columns));
                }
            }
            return pixels;
        }
    }
}
