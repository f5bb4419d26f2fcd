using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Readers;

/// <summary>One format: its name, how its files begin, and how they are opened.</summary>
/// <param name="Name">For people, such as "PicoQuant PTU".</param>
/// <param name="Recognise">Whether a file that begins with these bytes (the first 4096, or all of a shorter file) is of this format.</param>
/// <param name="Open">Reads the header; null for a format that is known by name but not read.</param>
/// <param name="WayOut">For a format that is not read: what to do instead, as a sentence.</param>
sealed record FileFormat(string Name, Recognise Recognise, OpenFile? Open = null, string? WayOut = null);

/// <param name="start">The first 4096 bytes of the file, or all of a shorter one.</param>
delegate bool Recognise(ReadOnlySpan<byte> start);

/// <returns>Null where a look behind the first bytes shows that it is another format after all; the next ones are tried.</returns>
delegate Measurement? OpenFile(ByteSource source, ReadingChoices choices);
