namespace PqdPortal.Client.Records;

/// <summary>Fields of many records that are to be changed together.</summary>
/// <param name="Records">Each in the version that it was read at.</param>
/// <param name="Changes">Name of a field as in the headings of CSV files, such as synthesis_temperature or x.growth_time, to its value as it would be typed; null takes the value away.</param>
public sealed record BulkRequest(IReadOnlyList<BulkRowRecord>? Records, IReadOnlyDictionary<string, string?>? Changes);

/// <summary>A record and the version it was read at.</summary>
public sealed record BulkRowRecord(Guid Id, uint Version);

/// <summary>What came of an edit of many: all of it or nothing.</summary>
/// <param name="Changed">How many records have other values now.</param>
/// <param name="Stale">Records that somebody saved since; then nothing was changed.</param>
/// <param name="Problems">What is wrong; then nothing was changed.</param>
/// <param name="Before">What stood there, and the version that the change left: enough to put it back.</param>
public sealed record BulkRecord(int Changed, IReadOnlyList<string> Stale, IReadOnlyList<string> Problems, IReadOnlyList<BulkBeforeRecord> Before);

/// <summary>One record before it was changed with others.</summary>
public sealed record BulkBeforeRecord(Guid Id, uint Version, IReadOnlyDictionary<string, string?> Values);
