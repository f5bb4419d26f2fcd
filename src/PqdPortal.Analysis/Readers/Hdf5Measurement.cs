using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Readers;

/// <summary>Looks into an HDF5 file, whose first bytes say nothing of what it holds, and hands it to the reader it is for.</summary>
static class Hdf5Measurement
{
    /// <exception cref="MeasurementFormatException">The file is damaged, or holds nothing that is known.</exception>
    public static Measurement Open(ByteSource source, ReadingChoices choices)
    {
        var file = Hdf5File.Open(source);
        var root = Hdf5Object.Read(file, file.RootAddress);
        return (Measurement?)PhotonHdf5.Open(file, root, choices) ?? Emd.Open(file, root) ?? throw Unknown(file, root);
    }

    static MeasurementFormatException Unknown(Hdf5File file, Hdf5Object root)
    {
        var names = root.Links.Select(link => link.Name).ToList();
        var inside = names.Count == 0 ? "nothing" : string.Join(", ", names.Take(12)) + (names.Count > 12 ? $" and {names.Count - 12} more" : "");
        var packed = WithUnknownFilter(file, root);
        return new($"This is an HDF5 file, but neither Photon-HDF5 nor EMD: its root holds {inside}.{packed} " +
            "Photons can be written as Photon-HDF5 (group photon_data with timestamps and detectors; phconvert does that) and uploaded again.", file.Start)
        {
            Format = "HDF5 file of another kind",
            Header = Hdf5Header.Of(file, root),
        };
    }

    /// <summary>A sentence on the first dataset near the root that no plain HDF5 can read.</summary>
    static string WithUnknownFilter(Hdf5File file, Hdf5Object root)
    {
        foreach (var link in root.Links.Take(64))
        {
            if (link.Address is not { } address) continue;
            var it = Hdf5Object.Read(file, address);
            if (it.Dataset?.Unreadable is { } why) return $" {link.Name} cannot be read: {why}.";
            foreach (var below in it.Links.Take(64))
                if (below.Address is { } deeper && Hdf5Object.Read(file, deeper).Dataset?.Unreadable is { } reason)
                    return $" {link.Name}/{below.Name} cannot be read: {reason}.";
        }
        return "";
    }
}
