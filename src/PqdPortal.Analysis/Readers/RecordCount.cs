using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Readers;

/// <summary>What a header declares about its records against what the file holds; the same words for every format.</summary>
static class RecordCount
{
    /// <summary>Weighs the declared count.</summary>
    /// <param name="told">As it stands in the header; null where it does not say.</param>
    /// <param name="available">Whole records in the file.</param>
    /// <param name="at">Byte of the count.</param>
    /// <returns>The count as declared; 0 where the header does not say.</returns>
    public static long Declared(long? told, long available, long at, FindingList findings)
    {
        switch (told)
        {
            case null:
                findings.Add(Severity.Warning, "RECORD_COUNT_MISSING",
                    $"The header does not say how many records follow; all {available:N0} found were read.", at);
                return 0;
            case < 0:
                findings.Add(Severity.Warning, "RECORD_COUNT_MISSING",
                    $"The header declares {told:N0} records, which cannot be; all {available:N0} found were read.", at);
                return told.Value;
            case 0 when available > 0:
                findings.Add(Severity.Warning, "RECORD_COUNT_MISSING",
                    $"The header declares no records, as after a crash of the measuring program; all {available:N0} found were read.", at);
                return 0;
            case var declared when declared > available:
                findings.Add(Severity.Warning, "RECORDS_MISSING",
                    $"The header declares {declared:N0} records, the file holds {available:N0}; those were read. The measurement may still have been running when the file was copied.", at, available);
                return declared.Value;
            case var declared:
                return declared.Value;
        }
    }

    /// <summary>Bytes that belong to no record that is read.</summary>
    /// <param name="dataBytes">From the first record to the end of the file.</param>
    public static long Trailing(long dataBytes, long declared, long available, int recordBytes, long dataOffset, FindingList findings)
    {
        var used = (declared > 0 ? Math.Min(declared, available) : available) * recordBytes;
        var trailing = dataBytes - used;
        var record = used / recordBytes;
        if (trailing >= recordBytes || (trailing > 0 && declared > 0 && record == declared))
            findings.Add(Severity.Warning, "TRAILING_BYTES",
                $"{trailing:N0} bytes follow the {record:N0} declared records; they were not decoded.", dataOffset + used);
        else if (trailing > 0)
            findings.Add(Severity.Warning, "RECORD_CUT",
                $"The file ends inside record {record:N0}: {trailing} of its {recordBytes} bytes are there; they were dropped.", dataOffset + used, record);
        return trailing;
    }
}
