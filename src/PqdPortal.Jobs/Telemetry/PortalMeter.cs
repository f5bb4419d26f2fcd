using System.Diagnostics.Metrics;

namespace PqdPortal.Jobs.Telemetry;

/// <summary>What this process counts of its own work. Counting costs nothing where nobody listens.</summary>
static class PortalMeter
{
    internal const string Name = "PqdPortal";

    static readonly Meter Meter = new(Name);

    /// <summary>Records read from photon files, by readings and analyses.</summary>
    internal static readonly Counter<long> PhotonRecords = Meter.CreateCounter<long>("pqd.photons.read", "{record}", "Records read from photon files.");

    /// <summary>Bytes of uploads that arrived and were confirmed.</summary>
    internal static readonly Counter<long> UploadBytes = Meter.CreateCounter<long>("pqd.uploads.bytes", "By", "Bytes of uploads that were confirmed.");
}
