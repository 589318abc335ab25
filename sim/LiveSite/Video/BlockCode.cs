namespace StreamClips.LiveSite.Video;

/// <summary>The wall-clock time of a frame as black and white blocks that survive scaling and H.264: two rows of 32 blocks at the
/// bottom edge, together a fifteenth of the picture high, read left to right, upper row first, most significant bit first, white is 1.
/// The 64 bits are the milliseconds since the Unix epoch (48 bits) and their CRC-16/CCITT-FALSE (16 bits).</summary>
public static class BlockCode
{
    /// <summary>Blocks in a row.</summary>
    public const int Columns = 32;

    /// <summary>Rows of blocks.</summary>
    public const int Rows = 2;

    /// <summary>The code's share of the picture's height: one part in this many, at the bottom.</summary>
    public const int HeightShare = 15;

    /// <summary>Draws the code.</summary>
    /// <param name="picture">The picture to draw on.</param>
    /// <param name="unixMilliseconds">The time, 0 to 2^48-1.</param>
    public static void Draw(Picture picture, long unixMilliseconds)
    {
        var bits = Encode(unixMilliseconds);
        var height = picture.Height / HeightShare / Rows;
        var width = picture.Width / Columns;
        for (var i = 0; i < Columns * Rows; i++)
        {
            var white = (bits >> (63 - i) & 1) == 1;
            picture.Fill(i % Columns * width, picture.Height - (Rows - i / Columns) * height, width, height, white ? Ink.White : Ink.Black);
        }
    }

    /// <summary>The 64 bits of a time.</summary>
    /// <param name="unixMilliseconds">The time, 0 to 2^48-1.</param>
    public static ulong Encode(long unixMilliseconds)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(unixMilliseconds);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(unixMilliseconds, 1L << 48);
        return (ulong)unixMilliseconds << 16 | Crc16(unixMilliseconds);
    }

    // CRC-16/CCITT-FALSE over the six bytes of the time, most significant first.
    private static ushort Crc16(long value)
    {
        var crc = 0xFFFF;
        for (var shift = 40; shift >= 0; shift -= 8)
        {
            crc ^= (int)(value >> shift & 0xFF) << 8;
            for (var i = 0; i < 8; i++) crc = (crc & 0x8000) != 0 ? crc << 1 ^ 0x1021 : crc << 1;
            crc &= 0xFFFF;
        }
        return (ushort)crc;
    }
}
