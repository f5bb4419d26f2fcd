namespace PqdPortal.Web.Plotting;

/// <summary>256 colours from the lowest to the highest value, three bytes each.</summary>
public static class Palette
{
    /// <summary>Black to white, as microscopes show their images.</summary>
    public static byte[] Grey { get; } = Between(0x000000, 0xFFFFFF);

    /// <summary>Viridis (van der Walt and Smith, 2015) by ten of its colours.</summary>
    public static byte[] Viridis { get; } =
        Between(0x440154, 0x482878, 0x3E4A89, 0x31688E, 0x26828E, 0x1F9E89, 0x35B779, 0x6DCD59, 0xB4DE2C, 0xFDE725);

    static byte[] Between(params int[] anchors)
    {
        var colours = new byte[256 * 3];
        for (var i = 0; i < 256; i++)
        {
            var at = i / 255.0 * (anchors.Length - 1);
            var left = Math.Min((int)at, anchors.Length - 2);
            for (var part = 0; part < 3; part++)
            {
                int shift = 16 - 8 * part, from = anchors[left] >> shift & 0xFF, to = anchors[left + 1] >> shift & 0xFF;
                colours[3 * i + part] = (byte)Math.Round(from + (at - left) * (to - from));
            }
        }
        return colours;
    }
}
