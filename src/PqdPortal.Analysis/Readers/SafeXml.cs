using System.Xml;
using System.Xml.Linq;

namespace PqdPortal.Analysis.Readers;

/// <summary>XML from a file nobody vouches for: no DTD, nothing fetched, bounded in size and depth.</summary>
static class SafeXml
{
    const int Deepest = 64;

    static readonly XmlReaderSettings Settings = new()
    {
        DtdProcessing = DtdProcessing.Prohibit,
        XmlResolver = null,
        MaxCharactersInDocument = 256L << 20,
        MaxCharactersFromEntities = 0,
        IgnoreWhitespace = true,
    };

    /// <param name="format">Name of the format for the refusal.</param>
    /// <param name="offset">Byte at which the XML begins.</param>
    /// <exception cref="MeasurementFormatException">It is no well-formed XML, or names outside things.</exception>
    public static XDocument Parse(string text, string format, long offset)
    {
        try
        {
            // Depth first, so that nothing builds or walks a tree that would use up the stack.
            using (var depth = XmlReader.Create(new StringReader(text), Settings))
                while (depth.Read())
                    if (depth.Depth > Deepest)
                        throw new MeasurementFormatException($"The XML of this {format} file is nested more than {Deepest} levels deep; no instrument writes that.", offset) { Format = format };
            using var reader = XmlReader.Create(new StringReader(text), Settings);
            return XDocument.Load(reader);
        }
        catch (XmlException trouble)
        {
            throw new MeasurementFormatException(
                $"The XML of this {format} file cannot be read: {trouble.Message.TrimEnd('.')}. Export the file again.", offset) { Format = format };
        }
    }
}
