using System.Text.Json.Nodes;

namespace PqdPortal.Analysis.Readers;

/// <summary>What an HDF5 file holds, as a tree for people: attributes, small values as they stand, large ones by their shape.</summary>
static class Hdf5Header
{
    const int Deepest = 12;
    const int MostObjects = 4096;

    /// <summary>Attributes that PyTables adds to each object for itself.</summary>
    static readonly string[] Housekeeping = ["CLASS", "VERSION", "FLAVOR", "NROWS", "PYTABLES_FORMAT_VERSION"];

    /// <summary>The tree below the root; what is shown more than once, or too deep, or too much, is named only.</summary>
    public static JsonObject Of(Hdf5File file, Hdf5Object root)
    {
        var seen = new HashSet<long> { root.Address };
        return Group(file, root, seen, 0);
    }

    static JsonObject Group(Hdf5File file, Hdf5Object it, HashSet<long> seen, int depth)
    {
        var json = new JsonObject();
        foreach (var attribute in it.Attributes)
            if (!Housekeeping.Contains(attribute.Name)) json["@" + attribute.Name] = Shown(attribute.Values.ToJson);
        foreach (var link in it.Links)
        {
            if (link.Address is not { } address) json[link.Name] = $"({link.Elsewhere ?? "a link to nothing"}, not followed)";
            else if (depth >= Deepest || seen.Count >= MostObjects) json[link.Name] = "(not shown)";
            else if (!seen.Add(address)) json[link.Name] = "(shown elsewhere)";
            else json[link.Name] = Shown(() => Node(file, Hdf5Object.Read(file, address), seen, depth + 1));
        }
        return json;
    }

    static JsonNode? Node(Hdf5File file, Hdf5Object it, HashSet<long> seen, int depth)
    {
        if (it.Dataset is not { } data) return Group(file, it, seen, depth);
        if (data.Unreadable is not null || data.Count > 1024) return data.Text;
        return data.Small()?.ToJson() ?? data.Text;
    }

    /// <summary>A part of the tree that is damaged does not take the rest with it.</summary>
    static JsonNode? Shown(Func<JsonNode?> part)
    {
        try
        {
            return part();
        }
        catch (MeasurementFormatException trouble)
        {
            return $"({trouble.Message})";
        }
    }
}
