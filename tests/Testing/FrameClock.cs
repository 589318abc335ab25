namespace StreamClips.Testing;

/// <summary>Reads the wall-clock time that the simulated platform writes into every frame, from any frame at any size, however compressed.
/// Along the bottom edge, a fifteenth of the picture high, lie two rows of 32 black or white blocks: 64 bits, upper row first, left to right,
/// white is 1: 48 bits of milliseconds since the Unix epoch, then their CRC-16/CCITT-FALSE.</summary>
public static class FrameClock
{
    private const int Columns = 32;
    private const int Rows = 2;
    private const int HeightShare = 15;

    // Compression blurs the edges of blocks: only the middle half of each counts.
    private const double Margin = 0.25;

    /// <summary>The time of a frame; null: it carries none (an advertisement, another picture, or too damaged).</summary>
    /// <param name="luma">Brightness of every pixel, row by row.</param>
    /// <param name="width">Width in pixels.</param>
    /// <param name="height">Height in pixels.</param>
    public static DateTimeOffset? Read(ReadOnlySpan<byte> luma, int width, int height)
    {
        ulong bits = 0;
        double blockWidth = (double)width / Columns, blockHeight = (double)height / HeightShare / Rows;
        for (var i = 0; i < Columns * Rows; i++)
        {
            var left = i % Columns * blockWidth;
            var top = height - (Rows - i / Columns) * blockHeight;
            bits = bits << 1 | (Mean(luma, width, left, top, blockWidth, blockHeight) > 126 ? 1u : 0u);
        }
        var milliseconds = (long)(bits >> 16);
        var isTime = (ushort)bits == Crc16(milliseconds) && milliseconds <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();
        return isTime ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds) : null;
    }

    /// <summary>Whether the lamp in the upper right corner is lit. It flashes for 200 ms, together with a beep of 1 kHz, from every full
    /// 10 s of the wall clock on.</summary>
    /// <param name="luma">Brightness of every pixel, row by row.</param>
    /// <param name="width">Width in pixels.</param>
    /// <param name="height">Height in pixels.</param>
    public static bool IsFlash(ReadOnlySpan<byte> luma, int width, int height) =>
        Mean(luma, width, width * 576 / 640.0, height * 12 / 360.0, width * 48 / 640.0, height * 48 / 360.0) > 126;

    private static double Mean(ReadOnlySpan<byte> luma, int width, double left, double top, double blockWidth, double blockHeight)
    {
        int x0 = (int)Math.Round(left + blockWidth * Margin), x1 = Math.Max(x0 + 1, (int)Math.Round(left + blockWidth * (1 - Margin)));
        int y0 = (int)Math.Round(top + blockHeight * Margin), y1 = Math.Max(y0 + 1, (int)Math.Round(top + blockHeight * (1 - Margin)));
        long sum = 0;
        for (var y = y0; y < y1; y++)
            for (var x = x0; x < x1; x++) sum += luma[y * width + x];
        return sum / (double)((x1 - x0) * (y1 - y0));
    }

    private static ushort Crc16(long value)
    {
        var crc = 0xFFFF;
        for (var bit = 47; bit >= 0; bit--)
        {
            var carry = (crc >> 15 & 1) ^ (int)(value >> bit & 1);
            crc = crc << 1 & 0xFFFF;
            if (carry == 1) crc ^= 0x1021;
        }
        return (ushort)crc;
    }
}
