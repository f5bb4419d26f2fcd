namespace PqdPortal.Analysis.Readers;

/// <summary>Bytes that are only read, and only from front to back.</summary>
abstract class ForwardStream : Stream
{
    public sealed override bool CanRead => true;
    public sealed override bool CanSeek => false;
    public sealed override bool CanWrite => false;
    public sealed override long Length => throw new NotSupportedException();
    public sealed override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }
    public abstract override int Read(Span<byte> buffer);
    public sealed override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));
    public sealed override void Flush() { }
    public sealed override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public sealed override void SetLength(long value) => throw new NotSupportedException();
    public sealed override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}

/// <summary>A part of a file.</summary>
sealed class SectionStream(ByteSource source, long offset, long length) : ForwardStream
{
    readonly byte[] _ahead = new byte[(int)Math.Clamp(length, 0, 1 << 16)];
    long _next = offset, _left = Math.Clamp(source.Length - offset, 0, Math.Max(0, length));
    int _at, _count;

    public override int Read(Span<byte> buffer)
    {
        if (_at == _count)
        {
            _count = source.Read(_ahead.AsSpan(0, (int)Math.Min(_ahead.Length, _left)), _next);
            (_at, _next, _left) = (0, _next + _count, _left - _count);
            if (_count == 0) return 0;
        }
        var got = Math.Min(buffer.Length, _count - _at);
        _ahead.AsSpan(_at, got).CopyTo(buffer);
        _at += got;
        return got;
    }
}
