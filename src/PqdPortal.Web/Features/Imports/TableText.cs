using System.Text;

namespace PqdPortal.Web.Features.Imports;

/// <summary>The encodings in which tables come. A byte order mark says which; without one it is UTF-8, or the person says it.</summary>
public enum TableEncoding { Utf8, Utf16, Utf16BigEndian, Windows1252 }

/// <summary>The text of a table: its encoding found or told, never guessed.</summary>
public static class TableText
{
    static readonly Encoding Windows1252 = CodePagesEncodingProvider.Instance.GetEncoding(1252)!;

    /// <summary>Finds the encoding by the byte order mark, or by all bytes being UTF-8.</summary>
    /// <returns>The encoding, or why it has to be told.</returns>
    public static (TableEncoding? Encoding, string? Question) Find(Stream bytes)
    {
        bytes.Position = 0;
        var head = new byte[4096];
        var length = bytes.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        var start = head.AsSpan(0, length);
        if (start.StartsWith(Encoding.UTF8.Preamble)) return (TableEncoding.Utf8, null);
        if (start.StartsWith(Encoding.Unicode.Preamble)) return (TableEncoding.Utf16, null);
        if (start.StartsWith(Encoding.BigEndianUnicode.Preamble)) return (TableEncoding.Utf16BigEndian, null);
        // Every second byte of Latin text in UTF-16 is 0, which no table in UTF-8 holds so often.
        if (length > 3 && start.Count((byte)0) > length / 4)
            return (null, "This looks like UTF-16, but its byte order mark is missing. Say which encoding it is, or save the table as UTF-8.");

        bytes.Position = 0;
        using var text = new StreamReader(bytes, new UTF8Encoding(false, throwOnInvalidBytes: true), false, 1 << 16, leaveOpen: true);
        var buffer = new char[1 << 15];
        try
        {
            while (text.Read(buffer) > 0) { }
            return (TableEncoding.Utf8, null);
        }
        catch (DecoderFallbackException)
        {
            return (null, "This file is not in UTF-8. Tables that a spreadsheet saved as \"CSV\" on Windows are usually in Windows-1252: choose that if letters such as ä, é or µ then read as they should.");
        }
    }

    public static TextReader Open(Stream bytes, TableEncoding encoding)
    {
        bytes.Position = 0;
        // Told or found, the encoding is this one; a mark of it at the beginning is no letter of the first cell.
        var reader = new StreamReader(bytes, encoding switch
        {
            TableEncoding.Utf16 => Encoding.Unicode,
            TableEncoding.Utf16BigEndian => Encoding.BigEndianUnicode,
            TableEncoding.Windows1252 => Windows1252,
            _ => new UTF8Encoding(false),
        }, false, 1 << 16, leaveOpen: true);
        if (reader.Peek() == '\ufeff') reader.Read();
        return reader;
    }

    public static string Key(TableEncoding encoding) => encoding switch
    {
        TableEncoding.Utf16 => "utf-16",
        TableEncoding.Utf16BigEndian => "utf-16be",
        TableEncoding.Windows1252 => "windows-1252",
        _ => "utf-8",
    };

    public static TableEncoding? Encoded(string? key) => Enum.GetValues<TableEncoding>().Where(one => Key(one) == key?.ToLowerInvariant()).Cast<TableEncoding?>().FirstOrDefault();
}

/// <summary>One row of a table.</summary>
/// <param name="Line">Of the file, from 1, where it begins.</param>
/// <param name="Trouble">Why its cells cannot be told apart; null where they can.</param>
public readonly record struct TableRow(int Line, IReadOnlyList<string> Cells, string? Trouble = null);

/// <summary>Cuts a table into rows and cells, after RFC 4180 with any of the usual separators; holds one row at a time.</summary>
/// <remarks>Comments in front (#) and a line "sep=;" are passed over; empty lines are no rows.</remarks>
public static class TableRows
{
    /// <summary>Longest cell [characters] and most cells of a row.</summary>
    public const int LongestCell = 120_000, MostCells = 500;

    /// <summary>The separator that cuts the first lines alike; a comma where none does.</summary>
    public static char Separator(TextReader text)
    {
        var head = new char[1 << 15];
        var sample = new string(head, 0, text.ReadBlock(head, 0, head.Length));
        if (sample.StartsWith("sep=", StringComparison.OrdinalIgnoreCase) && sample.Length > 4) return sample[4];
        var best = (Separator: ',', Score: 0);
        foreach (var separator in ";\t,")
        {
            var rows = Read(new StringReader(sample), separator).Where(row => row.Trouble is null).Take(20).Select(row => row.Cells.Count).ToList();
            if (rows.Count > 1) rows = [.. rows.SkipLast(sample.Length == head.Length ? 1 : 0)];
            if (rows.Count == 0 || rows[0] < 2) continue;
            var score = rows.Count(count => count == rows[0]) * 1000 / rows.Count * 100 + Math.Min(99, rows[0]);
            if (score > best.Score) best = (separator, score);
        }
        return best.Separator;
    }

    public static IEnumerable<TableRow> Read(TextReader text, char separator)
    {
        var cells = new List<string>();
        var cell = new StringBuilder();
        var (line, began) = (1, 1);
        var (isQuoted, wasQuoted, isFirst) = (false, false, true);
        string? trouble = null;
        while (true)
        {
            var next = text.Read();
            if (next < 0)
            {
                if (isQuoted) trouble ??= $"A quotation mark that opens in this row is never closed.";
                if (cells.Count == 0 && cell.Length == 0 && !wasQuoted) yield break;
                End();
                if (IsRow()) yield return new TableRow(began, [.. cells], trouble);
                yield break;
            }

            var c = (char)next;
            if (isQuoted)
            {
                if (c == '"' && text.Peek() == '"') { text.Read(); Add('"'); }
                else if (c == '"') isQuoted = false;
                else
                {
                    if (c == '\n') line++;
                    Add(c);
                }
            }
            else if (c == '"' && cell.Length == 0 && !wasQuoted) (isQuoted, wasQuoted) = (true, true);
            else if (c == separator) End();
            else if (c is '\n' or '\r')
            {
                if (c == '\r' && text.Peek() == '\n') text.Read();
                line++;
                var isEmpty = cells.Count == 0 && cell.Length == 0 && !wasQuoted;
                if (!isEmpty)
                {
                    End();
                    if (IsRow()) yield return new TableRow(began, [.. cells], trouble);
                }
                cells.Clear();
                (began, trouble) = (line, null);
            }
            else if (wasQuoted && cell.Length > 0 && c is not (' ' or '\t')) { trouble ??= "Something stands behind the closing quotation mark of a cell; a quotation mark inside a cell is written twice."; Add(c); }
            else if (!wasQuoted || c is not (' ' or '\t')) Add(c);
        }

        void Add(char c)
        {
            if (cell.Length < LongestCell) cell.Append(c);
            else trouble ??= $"A cell is longer than {LongestCell} characters; perhaps a quotation mark is not closed.";
        }

        void End()
        {
            if (cells.Count < MostCells) cells.Add(wasQuoted ? cell.ToString() : cell.ToString().Trim());
            else trouble ??= $"A row has at most {MostCells} cells.";
            cell.Clear();
            wasQuoted = false;
        }

        // Comments and the word about the separator stand in front of everything; a row of nothing but separators is none.
        bool IsRow()
        {
            var passed = isFirst && trouble is null && (cells[0].StartsWith('#') || cells.Count <= 2 && cells[0].StartsWith("sep=", StringComparison.OrdinalIgnoreCase));
            if (passed || cells.TrueForAll(one => one.Length == 0) && trouble is null) return false;
            isFirst = false;
            return true;
        }
    }

    /// <summary>A cell as it was meant: the apostrophe that keeps a spreadsheet from computing it is taken away.</summary>
    public static string Meant(string cell)
    {
        var at = 0;
        while (at < cell.Length && char.IsWhiteSpace(cell[at])) at++;
        var rest = cell.AsSpan(at);
        if (rest.Length < 2 || rest[0] != '\'') return cell;
        var second = rest[1..].TrimStart('\'');
        return second.Length > 0 && second[0] is '=' or '+' or '-' or '@' ? string.Concat(cell.AsSpan(0, at), rest[1..]) : cell;
    }
}
