using System.Buffers.Binary;
using System.Text;

namespace PqdPortal.Data.Attachments;

/// <summary>
/// What a file that somebody attaches is, by its own bytes: a picture that browsers show, something else to be kept for download, or
/// something that only calls itself a picture.
/// </summary>
/// <remarks>
/// A picture is kept without what the camera wrote beside it (place, owner, comments, small pictures, whatever stands behind its end):
/// only what is needed to draw it stays, with the way it is turned. JPEG: ITU-T T.81 annex B, Exif 2.32; PNG: third edition; WebP: RFC 9649.
/// </remarks>
/// <param name="Picture">image/jpeg, image/png, image/webp; null for a file that is only downloaded.</param>
/// <param name="Bytes">What to keep.</param>
/// <param name="LostPosition">The place it was taken at stood in it and was taken out.</param>
public sealed record PhotoBytes(string? Picture, byte[] Bytes, bool LostPosition, int? Width, int? Height)
{
    /// <summary>Most pixels of a picture: no camera of a phone makes more, and no browser draws them.</summary>
    const long MostPixels = 300_000_000;

    /// <summary>Reads a file that somebody attaches.</summary>
    /// <param name="name">As it was called; decides whether it claims to be a picture.</param>
    /// <param name="type">Media type the sender gives; may be empty.</param>
    /// <returns>What to keep, or why it cannot be, in words.</returns>
    public static (PhotoBytes? Read, string? Trouble) Of(byte[] bytes, string name, string? type)
    {
        if (bytes.Length == 0) return (null, $"{name} is empty: it has no byte. Nothing was added.");
        PhotoBytes? read = null;
        try
        {
            read = Starts(bytes, [0xFF, 0xD8, 0xFF]) ? Jpeg(bytes)
                : Starts(bytes, [0x89, .. "PNG\r\n"u8, 0x1A, (byte)'\n']) ? Png(bytes)
                : Starts(bytes, "RIFF"u8) && bytes.Length > 12 && bytes.AsSpan(8, 4).SequenceEqual("WEBP"u8) ? Webp(bytes)
                : null;
        }
        catch (Exception broken) when (broken is ArgumentOutOfRangeException or IndexOutOfRangeException or OverflowException)
        {
            return (null, $"{name} begins like a picture, but ends in the middle of it or is damaged. Nothing was added; copy it from the camera again.");
        }
        if (read is { Width: { } width, Height: { } height } && (width == 0 || height == 0 || (long)width * height > MostPixels))
            return (null, $"{name} says it is {width} by {height} pixels large, which no browser can draw. Nothing was added; save it smaller.");
        if (read is not null) return (read, null);
        return !ClaimsToBePicture(name, type) || IsTiff(bytes) ? (new PhotoBytes(null, bytes, false, null, null), null) : (null, WhatItIs(bytes, name));
    }

    static bool ClaimsToBePicture(string name, string? type) =>
        type?.StartsWith("image/", StringComparison.OrdinalIgnoreCase) == true
        || Path.GetExtension(name).ToLowerInvariant() is ".jpg" or ".jpeg" or ".jpe" or ".jfif" or ".png" or ".webp" or ".gif" or ".bmp" or ".svg" or ".svgz" or ".heic" or ".heif" or ".avif" or ".ico";

    static bool IsTiff(byte[] bytes) => Starts(bytes, "II*\0"u8) || Starts(bytes, "MM\0*"u8);

    static string WhatItIs(byte[] bytes, string name)
    {
        var start = Encoding.Latin1.GetString(bytes, 0, Math.Min(bytes.Length, 1024)).TrimStart('\xEF', '\xBB', '\xBF', ' ', '\t', '\r', '\n');
        var found = bytes.Length > 12 && bytes.AsSpan(4, 4).SequenceEqual("ftyp"u8)
            ? "a HEIC or AVIF picture, which not every browser shows and whose place of recording cannot be taken out here. On an iPhone choose Settings, Camera, Formats, Most Compatible"
            : start.Contains("<svg", StringComparison.OrdinalIgnoreCase) ? "an SVG drawing, which can hold scripts. Save it as PNG"
            : start.StartsWith('<') || start.Contains("<script", StringComparison.OrdinalIgnoreCase) || start.Contains("<html", StringComparison.OrdinalIgnoreCase) ? "a web page or a script, not a picture"
            : start.StartsWith("#!", StringComparison.Ordinal) || start.StartsWith("MZ", StringComparison.Ordinal) || start.StartsWith("\x7F" + "ELF", StringComparison.Ordinal) ? "a program, not a picture"
            : start.StartsWith("GIF8", StringComparison.Ordinal) ? "a GIF. Save it as PNG"
            : start.StartsWith("BM", StringComparison.Ordinal) ? "a bitmap. Save it as PNG"
            : "not a picture by its bytes";
        return $"{name} calls itself a picture and is {found}. Photos are JPEG, PNG or WebP; nothing was added.";
    }

    static bool Starts(byte[] bytes, ReadOnlySpan<byte> with) => bytes.AsSpan().StartsWith(with);

    static PhotoBytes Jpeg(byte[] b)
    {
        var kept = new MemoryStream(b.Length + 40);
        var (position, orientation, width, height) = (false, 1, 0, 0);
        var at = 2;
        while (at < b.Length)
        {
            if (b[at] != 0xFF) throw new ArgumentOutOfRangeException(nameof(b));
            while (b[at + 1] == 0xFF) at++;
            var marker = b[at + 1];
            if (marker == 0xD9) break;
            if (marker is 0x01 or (>= 0xD0 and <= 0xD7))
            {
                kept.Write(b, at, 2);
                at += 2;
                continue;
            }
            var length = BinaryPrimitives.ReadUInt16BigEndian(b.AsSpan(at + 2));
            if (length < 2) throw new ArgumentOutOfRangeException(nameof(b));
            var body = b.AsSpan(at + 4, length - 2);
            if (marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC))
                (height, width) = (BinaryPrimitives.ReadUInt16BigEndian(body[1..]), BinaryPrimitives.ReadUInt16BigEndian(body[3..]));
            if (marker == 0xE1 && body.StartsWith("Exif\0\0"u8))
            {
                var (turned, hasPosition) = Exif(body[6..]);
                (orientation, position) = (turned, position || hasPosition);
            }
            else if (marker == 0xE1) position |= body.IndexOf("GPSLatitude"u8) >= 0;
            // JFIF, colour profile and Adobe's transform say how to draw it; all else of the kind says something of somebody.
            var stays = marker is not ((>= 0xE0 and <= 0xEF) or 0xFE) || marker is 0xE0 or 0xEE || marker == 0xE2 && body.StartsWith("ICC_PROFILE\0"u8);
            if (stays) kept.Write(b, at, 2 + length);
            at += 2 + length;
            if (marker != 0xDA) continue;
            var from = at;
            while (at < b.Length && !(b[at] == 0xFF && at + 1 < b.Length && b[at + 1] is not (0x00 or (>= 0xD0 and <= 0xD7)))) at++;
            kept.Write(b, from, at - from);
        }
        if (width == 0) throw new ArgumentOutOfRangeException(nameof(b));

        var whole = new MemoryStream((int)kept.Length + 40);
        whole.Write([0xFF, 0xD8]);
        if (orientation is > 1 and <= 8)
            whole.Write([0xFF, 0xE1, 0, 34, .. "Exif\0\0"u8, .. "II*\0"u8, 8, 0, 0, 0, 1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, (byte)orientation, 0, 0, 0, 0, 0, 0, 0]);
        kept.WriteTo(whole);
        whole.Write([0xFF, 0xD9]);
        return new PhotoBytes("image/jpeg", whole.ToArray(), position, orientation > 4 ? height : width, orientation > 4 ? width : height);
    }

    /// <summary>How the picture is turned (1 to 8), and whether the place stands in it.</summary>
    static (int Orientation, bool HasPosition) Exif(ReadOnlySpan<byte> tiff)
    {
        try
        {
            var little = tiff[0] == 'I';
            int Two(ReadOnlySpan<byte> of, int at) => little ? BinaryPrimitives.ReadUInt16LittleEndian(of[at..]) : BinaryPrimitives.ReadUInt16BigEndian(of[at..]);
            var first = little ? BinaryPrimitives.ReadInt32LittleEndian(tiff[4..]) : BinaryPrimitives.ReadInt32BigEndian(tiff[4..]);
            var (orientation, position) = (1, false);
            for (var (entry, count) = (first + 2, Two(tiff, first)); count > 0; entry += 12, count--)
                switch (Two(tiff, entry))
                {
                    case 0x0112:
                        orientation = Two(tiff, entry + 8);
                        break;
                    case 0x8825:
                        position = true;
                        break;
                }
            return (orientation, position);
        }
        catch (Exception broken) when (broken is ArgumentOutOfRangeException or IndexOutOfRangeException)
        {
            return (1, tiff.Length > 0); // cannot be read, and is taken out as it was
        }
    }

    static PhotoBytes Png(byte[] b)
    {
        var kept = new MemoryStream(b.Length);
        kept.Write(b, 0, 8);
        var (position, width, height, isWhole) = (false, 0, 0, false);
        for (var at = 8; !isWhole;)
        {
            var length = checked((int)BinaryPrimitives.ReadUInt32BigEndian(b.AsSpan(at)));
            var kind = Encoding.Latin1.GetString(b, at + 4, 4);
            var body = b.AsSpan(at + 8, checked(length + 4))[..length];
            if (kind == "IHDR") (width, height) = (BinaryPrimitives.ReadInt32BigEndian(body), BinaryPrimitives.ReadInt32BigEndian(body[4..]));
            if (kind == "eXIf") position |= Exif(body).HasPosition;
            if (kind == "iTXt") position |= body.IndexOf("GPSLatitude"u8) >= 0;
            if (kind is "IHDR" or "PLTE" or "IDAT" or "IEND" or "tRNS" or "cHRM" or "gAMA" or "iCCP" or "sBIT" or "sRGB" or "cICP" or "bKGD" or "pHYs")
                kept.Write(b, at, 12 + length);
            isWhole = kind == "IEND";
            at += 12 + length;
        }
        return new PhotoBytes("image/png", kept.ToArray(), position, width, height);
    }

    static PhotoBytes Webp(byte[] b)
    {
        var kept = new MemoryStream(b.Length);
        kept.Write(b, 0, 12);
        var (position, width, height) = (false, 0, 0);
        var end = Math.Min(b.Length, checked(8 + (int)BinaryPrimitives.ReadUInt32LittleEndian(b.AsSpan(4))));
        for (var at = 12; at + 8 <= end;)
        {
            var kind = Encoding.Latin1.GetString(b, at, 4);
            var length = checked((int)BinaryPrimitives.ReadUInt32LittleEndian(b.AsSpan(at + 4)));
            var body = b.AsSpan(at + 8, length).ToArray();
            if (kind == "VP8X")
            {
                body[0] = (byte)(body[0] & ~0x0C); // no longer with Exif and XMP
                (width, height) = (1 + (body[4] | body[5] << 8 | body[6] << 16), 1 + (body[7] | body[8] << 8 | body[9] << 16));
            }
            else if (kind == "VP8 " && width == 0) (width, height) = ((body[6] | body[7] << 8) & 0x3FFF, (body[8] | body[9] << 8) & 0x3FFF);
            else if (kind == "VP8L" && width == 0) (width, height) = (1 + (body[1] | (body[2] & 0x3F) << 8), 1 + (body[2] >> 6 | body[3] << 2 | (body[4] & 0x0F) << 10));
            if (kind == "EXIF") position |= Exif(body.AsSpan().StartsWith("Exif\0\0"u8) ? body.AsSpan(6) : body).HasPosition;
            if (kind == "XMP ") position |= body.AsSpan().IndexOf("GPSLatitude"u8) >= 0;
            if (kind is not ("EXIF" or "XMP "))
            {
                kept.Write(b, at, 8);
                kept.Write(body);
                if (length % 2 == 1) kept.WriteByte(0);
            }
            at += 8 + length + length % 2;
        }
        if (width == 0) throw new ArgumentOutOfRangeException(nameof(b));
        var whole = kept.ToArray();
        BinaryPrimitives.WriteUInt32LittleEndian(whole.AsSpan(4), (uint)(whole.Length - 8));
        return new PhotoBytes("image/webp", whole, position, width, height);
    }
}
