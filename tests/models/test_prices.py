"""Prices from CSV files, and every way in which a file can be no good."""

import numpy as np
import pytest

from shapecheck import DataError
from shapecheck.models import Prices, read_prices

GOOD = "date,price\n2020-01-01,1.5\n2020-01-02,2.5\n2020-01-03,3.5\n"


@pytest.fixture
def write(tmp_path):
    def write(content):
        path = tmp_path / "p.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def complaint(path, column="price"):
    """What is said of a file, without its folder."""
    with pytest.raises(DataError) as caught:
        read_prices(path, column)
    return str(caught.value).replace(str(path), "p.csv")


def test_the_prices_that_come_along():
    prices = read_prices()
    assert len(prices) == len(prices.dates) == 3270
    assert (prices.values[0], prices.values[-1]) == (30.23, 24.68)
    assert f"{prices.dates[0]:%Y-%m-%d} {prices.dates[-1]:%Y-%m-%d}" == "2000-03-01 2013-03-01"


@pytest.mark.parametrize(
    "content",
    [GOOD, GOOD + "\n\n", GOOD.replace("\n", "\r\n"), "\ufeff" + GOOD, GOOD.replace("price", " price "), GOOD[:-1]],
    ids=["plain", "blank lines at the end", "CRLF", "byte order mark", "blanks in the header", "no newline at the end"],
)
def test_a_file_is_read_however_it_was_saved(write, content):
    np.testing.assert_array_equal(read_prices(write(content)).values, [1.5, 2.5, 3.5])


def test_a_file_without_dates_or_with_other_dates_is_fine(write):
    assert read_prices(write("price\n1\n2\n")).dates == ()
    assert read_prices(write("date,price\n03/01/2020,1\n04/01/2020,2\n")).dates == ()


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", "p.csv is empty: expected a header line and one row a day"),
        ("\n\n", "p.csv is empty: expected a header line and one row a day"),
        ("date,price\n", "p.csv has a header line but no rows"),
        ("date,Price\n2020-01-01,1\n", "p.csv has no column 'price', only 'date', 'Price'; did you mean 'Price'?"),
        ("day,prize\n1,1\n", "p.csv has no column 'price', only 'day', 'prize'; did you mean 'prize'?"),
        ("day,volume\n1,1\n", "p.csv has no column 'price', only 'day', 'volume'"),
        (
            "2020-01-01,30.2\n",
            "p.csv has no column 'price', only '2020-01-01', '30.2'; its first line looks like data: "
            "does the file lack a header line?",
        ),
        ("date,price\na,1\nb,n/a\n", "line 3 of p.csv: expected a number as price, got 'n/a'"),
        ("date,price\na,1_0\n", "line 2 of p.csv: expected a number as price, got '1_0'"),
        ('date,price\na,"1,234"\n', "line 2 of p.csv: expected a number as price, got '1,234'"),
        ("date,price\na,1,234\n", "line 2 of p.csv has 3 cells where the header has 2: a comma inside a number?"),
        (
            "date,price\na,1\nb,\nc,3\n",
            "line 3 of p.csv has no price: fill the gap or drop the row; a window must not skip over it",
        ),
        (
            "date,price\na,1\n\nc,3\n",
            "line 3 of p.csv has no price: fill the gap or drop the row; a window must not skip over it",
        ),
        (
            "date,price\na,1\nb\n",
            "line 3 of p.csv has no price: fill the gap or drop the row; a window must not skip over it",
        ),
        ("date,price\na,NaN\n", "line 2 of p.csv: expected a finite price, got NaN"),
        ("date,price\na,1\nb,-inf\n", "line 3 of p.csv: expected a finite price, got -inf"),
        ("date,price\na,1e999\n", "line 2 of p.csv: expected a finite price, got 1e999"),
        (b"date,price\n\xff,1\n", "p.csv is not UTF-8 text: byte 11 is 0xff"),
        (
            "date,price\n2020-01-03,1\n2020-01-02,2\n2020-01-01,3\n",
            "p.csv has its newest row first: sort it by date, oldest first",
        ),
        (
            "date,price\n2020-01-01,1\n2020-01-03,2\n2020-01-02,3\n",
            "p.csv has 2020-01-02 after 2020-01-03: sort it by date, oldest first",
        ),
        ("date,price\n2020-01-01,1\n2020-01-02,2\n2020-01-02,3\n", "p.csv has 2020-01-02 twice"),
        (
            "date,price\n2020-01-01,1\n2020-01-02,2\n2020-01-03,3\n2020-03-02,4\n",
            "p.csv has a gap: nothing between 2020-01-03 and 2020-03-02 (59 days); a window must not skip over it. "
            "Use one side of it, or drop the column of dates if it is right",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_place(write, content, expected):
    assert complaint(write(content)) == expected


def test_a_file_that_is_not_there_or_not_a_file(tmp_path):
    assert complaint(tmp_path / "no.csv").startswith("there is no file ")
    assert "cannot be read as CSV" in complaint(tmp_path)


def test_weekends_holidays_and_monthly_rows_are_no_gaps(write):
    read_prices(write("date,price\n2001-09-07,1\n2001-09-10,2\n2001-09-17,3\n2001-09-18,3\n2001-09-19,3\n"))
    read_prices(write("date,price\n2020-01-01,1\n2020-02-01,2\n2020-03-01,3\n2020-07-01,3\n"))


def test_prices_from_elsewhere_are_checked_too():
    with pytest.raises(DataError, match=r"^the prices: price 1 \(counted from 0\) is nan$"):
        Prices(np.array([1.0, np.nan]))
